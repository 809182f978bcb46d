// `npm run fuzz`: rooms and lists against their models for as long as one likes; test/README.md says how it works.
import { parseArgs } from 'node:util';
import { exitWith, run, toolEnv } from './lib/process.mjs';
import { buildWeb, installPackages } from './lib/steps.mjs';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' }, runtime: { type: 'string', default: 'simulated' } },
});

await exitWith(async () => {
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error('--minutes takes a number above 0');
  if (values.seed !== undefined && !Number.isSafeInteger(Number(values.seed))) throw new Error('--seed takes a whole number');
  const isReal = values.runtime === 'workerd';
  if (!isReal && values.runtime !== 'simulated') throw new Error('--runtime takes simulated or workerd');
  await installPackages();
  if (isReal) await buildWeb();
  Object.assign(toolEnv, { FUZZ_MINUTES: String(minutes) }, values.seed === undefined ? {} : { FUZZ_SEED: values.seed });
  const files = isReal
    ? ['test/worker/room-fuzz.test.ts', 'test/worker/list-fuzz.test.ts']
    : ['test/fuzz/room.test.ts', 'test/fuzz/inbox.test.ts'];
  return run('vitest', ['run', '--project', isReal ? 'worker' : 'fuzz', ...files]);
});
