import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './process.mjs';

/**
 * Does `work` only when the files it is made from changed since it last succeeded.
 * Contents are compared and not times, which a checkout makes new.
 * @param {string} stamp file that remembers them, relative to the project
 * @param {string[]} sources files and directories, relative to the project
 * @param {string} result what the work makes; missing means it has to be done
 * @param {() => Promise<void>} work
 */
export async function whenChanged(stamp, sources, result, work) {
  const stampPath = join(root, stamp);
  const digest = digestOf(sources);
  if (existsSync(join(root, result)) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === digest) return;
  await work();
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, digest);
}

/** @param {string[]} sources */
function digestOf(sources) {
  const hash = createHash('sha256');
  for (const path of sources.flatMap(filesUnder))
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path))
    .sort()
    .flatMap((entry) => filesUnder(`${path}/${entry}`));
}
