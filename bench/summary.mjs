// `node bench/summary.mjs bench/results/*.jsonl`: one summary of several runs.
import { readFileSync } from 'node:fs';
import { summarise } from './lib/summary.mjs';

const rows = process.argv.slice(2).flatMap((path, run) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const row = JSON.parse(line);
      return { ...row, round: `${run}/${row.round}` };
    }),
);
console.log(summarise(rows));
