// `npm test`: everything, on a fresh clone too. Goes on after a failure; its last line sums all suites.
import { runChecks } from './lib/checks.mjs';
import { exitWith } from './lib/process.mjs';
import { buildWeb, installPackages } from './lib/steps.mjs';
import { runSuite } from './lib/suites.mjs';

const suites = ['unit', 'fuzz', 'worker', 'hostile', 'browser'];

await exitWith(async () => {
  await installPackages();
  await buildWeb();
  const broken = await runChecks();
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of suites) {
    const tally = await runSuite(suite);
    if (tally.failed > 0) broken.push(`${suite} tests`);
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped += tally.skipped;
  }
  if (broken.length > 0) console.error(`Failed: ${broken.join(', ')}`);
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
  return broken.length > 0 || total.passed === 0 ? 1 : 0;
});
