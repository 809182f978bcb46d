// `npm run deploy`: checks, then migrates the directory and deploys [env.production]; see docs/deploy.md.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from './lib/checks.mjs';
import { exitWith, root, run } from './lib/process.mjs';
import { buildWeb, installPackages } from './lib/steps.mjs';

await exitWith(async () => {
  const settings = readFileSync(join(root, 'wrangler.toml'), 'utf8').split('\n');
  const unfilled = settings.filter((line) => line.includes('FILL-IN') && !line.startsWith('#'));
  if (unfilled.length > 0) throw new Error(`Not deployed. Fill in, as docs/deploy.md tells:\n${unfilled.join('\n')}`);
  await installPackages();
  await buildWeb();
  const failed = await runChecks();
  if (failed.length > 0) throw new Error(`Not deployed. Failed: ${failed.join(', ')}`);
  // Migrations only ever add, so the running version works with the migrated directory; the other order would not.
  const migrated = await run('wrangler', ['d1', 'migrations', 'apply', 'DIRECTORY', '--remote', '--env', 'production']);
  return migrated === 0 ? run('wrangler', ['deploy', '--env', 'production']) : migrated;
});
