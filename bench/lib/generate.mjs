import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Has one load generator, a process of its own, do `job`.
 * @param {import('../loadgen/main.mjs').Job} job
 * @param {() => void} [onMeasuring] called when the warm-up is over
 * @returns {Promise<import('../loadgen/main.mjs').Outcome>}
 */
export function generate(job, onMeasuring = () => {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../loadgen/main.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
    let outcome = '';
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'measuring') onMeasuring();
      else outcome = line;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(outcome));
      else reject(new Error(`The load generator ended with ${code}`));
    });
    child.stdin.end(JSON.stringify(job));
  });
}
