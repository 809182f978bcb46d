import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './assets';

/**
 * Writes the deployment's own configuration with another entry, and returns its path from the root.
 * @param main where the entry is, from the root
 * @param more settings before all tables, as TOML
 */
export function writeConfig(name: string, main: string, more = ''): string {
  const config = readFileSync(join(root, 'wrangler.toml'), 'utf8')
    .replace('main = "src/worker.ts"', `main = "../${main}"\n${more}`)
    .replaceAll('"./node_modules/', '"../node_modules/')
    .replaceAll('"./dist/', '"../dist/')
    .replaceAll('"migrations/', '"../migrations/');
  mkdirSync(join(root, '.cache'), { recursive: true });
  const path = join('.cache', `${name}.toml`);
  // Another process may be reading it.
  const draft = join(root, '.cache', `${name}-${randomUUID()}`);
  writeFileSync(draft, config);
  renameSync(draft, join(root, path));
  return path;
}
