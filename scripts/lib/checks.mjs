import { run } from './process.mjs';

/** Every TypeScript project: each sees only the globals of where its code runs. */
const projects = [
  'tsconfig.json',
  'web/tsconfig.json',
  'web/sw/tsconfig.json',
  'test/tsconfig.json',
  'test/browser/tsconfig.json',
  'scripts/tsconfig.json',
];

/**
 * Format, lint and types.
 * @returns {Promise<string[]>} what failed
 */
export async function runChecks() {
  const failed = [];
  if ((await run('biome', ['check', '--error-on-warnings'])) !== 0) failed.push('format and lint');
  for (const project of projects) {
    if ((await run('tsc', ['-p', project])) !== 0) failed.push(`types of ${project}`);
  }
  return failed;
}
