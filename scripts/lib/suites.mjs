import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './process.mjs';

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed files that could not be run count as one each
 * @property {number} skipped
 */

/**
 * Runs vitest projects together: while the files of one wait, those of another work.
 * @param {...string} suites
 * @returns {Promise<Tally>}
 */
export async function runSuites(...suites) {
  const report = join(root, 'test-results', `${suites.join('-')}.json`);
  rmSync(report, { force: true });
  const projects = suites.flatMap((suite) => ['--project', suite]);
  const code = await run('vitest', ['run', ...projects, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  const tally = readReport(report);
  // Whatever else went wrong, an unhandled rejection for one, must not end in a green line.
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  return tally;
}

/**
 * @param {string} path
 * @returns {Tally}
 */
function readReport(path) {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'));
    const brokenFiles = report.testResults.filter(
      (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
        file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
    );
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + brokenFiles.length,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
