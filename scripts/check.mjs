// `npm run check`: format, lint, types and unit tests, in seconds.
import { runChecks } from './lib/checks.mjs';
import { exitWith, run } from './lib/process.mjs';
import { installPackages } from './lib/steps.mjs';

await exitWith(async () => {
  await installPackages();
  const failed = await runChecks();
  if ((await run('vitest', ['run', '--project', 'unit'])) !== 0) failed.push('unit tests');
  if (failed.length > 0) throw new Error(`Failed: ${failed.join(', ')}`);
});
