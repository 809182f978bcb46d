// Makes a fresh clone runnable; quick when nothing changed. `setup.mjs -- COMMAND …` then runs the command.
import { exitWith, run } from './lib/process.mjs';
import { setUp } from './lib/steps.mjs';

await exitWith(async () => {
  await setUp();
  const [separator, command, ...args] = process.argv.slice(2);
  return separator === '--' && command !== undefined ? run(command, args) : 0;
});
