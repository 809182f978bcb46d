// `npm test`: everything, on a fresh clone too. Goes on after a failure; its last line sums all suites.
import { runChecks } from './lib/checks.mjs';
import { exitWith } from './lib/process.mjs';
import { buildWeb, installPackages } from './lib/steps.mjs';
import { runSuites } from './lib/suites.mjs';

/** Those of a group run at the same time. Whoever has a page open has the machine alone. */
const groups = [['unit', 'fuzz'], ['worker', 'hostile'], ['browser']];

await exitWith(async () => {
  await installPackages();
  await buildWeb();
  const broken = await runChecks();
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const suites of groups) {
    const tally = await runSuites(...suites);
    if (tally.failed > 0) broken.push(`${suites.join(' or ')} tests`);
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped += tally.skipped;
  }
  if (broken.length > 0) console.error(`Failed: ${broken.join(', ')}`);
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
  return broken.length > 0 || total.passed === 0 ? 1 : 0;
});
