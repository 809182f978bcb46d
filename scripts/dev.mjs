// `npm run dev`: as `npm start`, and rebuilds the page when its sources change. The Worker is rebuilt by both.
import { exitWith } from './lib/process.mjs';
import { runTogether, serverCommand } from './lib/server.mjs';
import { setUp } from './lib/steps.mjs';

await exitWith(async () => {
  const server = serverCommand();
  await setUp();
  return runTogether([server, ['vite', 'build', '--watch']]);
});
