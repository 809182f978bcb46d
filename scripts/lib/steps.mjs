import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runQuietly } from './process.mjs';
import { makeLocalSecrets } from './secrets.mjs';
import { whenChanged } from './stamp.mjs';

/** The packages of the lockfile. Not `npm ci`: it refuses a lockfile that lacks other platforms' optional packages. */
export function installPackages() {
  return whenChanged('node_modules/.relayhub-lock', ['package.json', 'package-lock.json'], 'node_modules/.bin/node', async () => {
    console.log('Installing packages …');
    await runQuietly('npm', ['install', '--no-audit', '--no-fund', '--no-progress']);
  });
}

/** `.dev.vars`, the secrets of `wrangler dev`, each made once: new ones would end every local session. */
export function provideLocalSecrets() {
  const path = join(root, '.dev.vars');
  const known = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const missing = Object.entries(makeLocalSecrets()).filter(([name]) => !known.split('\n').some((line) => line.startsWith(`${name}=`)));
  if (missing.length === 0) return;
  const start = known === '' || known.endsWith('\n') ? known : `${known}\n`;
  writeFileSync(path, start + missing.map(([name, value]) => `${name}='${value}'\n`).join(''), { mode: 0o600 });
}

/** The page's files, in dist/web. */
export function buildWeb() {
  return whenChanged('.cache/web', ['web', 'src/protocol', 'vite.config.ts', 'package-lock.json'], 'dist/web/index.html', async () => {
    console.log('Building the web client …');
    await runQuietly('vite', ['build']);
  });
}

/** Where the Worker's bundle lies. */
export const workerBundle = join(root, 'dist/worker');

/** The Worker's bundle, as a deployment would upload it. */
export function buildWorker() {
  const sources = ['src', 'migrations', 'wrangler.toml', 'package-lock.json'];
  return whenChanged('.cache/worker', sources, 'dist/worker/worker.js', async () => {
    rmSync(workerBundle, { recursive: true, force: true });
    await runQuietly('wrangler', ['deploy', '--dry-run', '--env=', '--outdir', workerBundle]);
  });
}

/** The tables of the local directory. The objects migrate themselves. */
export async function migrateDirectory() {
  await runQuietly('wrangler', ['d1', 'migrations', 'apply', 'DIRECTORY', '--local']);
}

/** Everything a fresh clone lacks; quick when nothing changed. */
export async function setUp() {
  await installPackages();
  provideLocalSecrets();
  await buildWeb();
  await migrateDirectory();
}
