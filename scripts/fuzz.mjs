// `npm run fuzz`: rooms against the model for as long as one likes; test/README.md says how it works.
import { parseArgs } from 'node:util';
import { exitWith, run, toolEnv } from './lib/process.mjs';
import { installPackages } from './lib/steps.mjs';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
});

await exitWith(async () => {
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error('--minutes takes a number above 0');
  if (values.seed !== undefined && !Number.isSafeInteger(Number(values.seed))) throw new Error('--seed takes a whole number');
  await installPackages();
  Object.assign(toolEnv, { FUZZ_MINUTES: String(minutes) }, values.seed === undefined ? {} : { FUZZ_SEED: values.seed });
  return run('vitest', ['run', '--project', 'fuzz', 'test/fuzz/room.test.ts']);
});
