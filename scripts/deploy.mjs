// `npm run deploy`: checks, then migrates the directory and deploys [env.production]; see docs/deploy.md.
import { runChecks } from './lib/checks.mjs';
import { exitWith, run } from './lib/process.mjs';
import { buildWeb, installPackages } from './lib/steps.mjs';

await exitWith(async () => {
  await installPackages();
  await buildWeb();
  const failed = await runChecks();
  if (failed.length > 0) throw new Error(`Not deployed. Failed: ${failed.join(', ')}`);
  // Migrations only ever add, so the running version works with the migrated directory; the other order would not.
  const migrated = await run('wrangler', ['d1', 'migrations', 'apply', 'DIRECTORY', '--remote', '--env', 'production']);
  return migrated === 0 ? run('wrangler', ['deploy', '--env', 'production']) : migrated;
});
