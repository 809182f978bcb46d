// `npm start`: sets up what is missing and serves http://localhost:8787 until told to stop.
import { exitWith } from './lib/process.mjs';
import { runTogether, serverCommand } from './lib/server.mjs';
import { setUp } from './lib/steps.mjs';

await exitWith(async () => {
  const server = serverCommand();
  await setUp();
  return runTogether([server]);
});
