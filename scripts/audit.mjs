// `npm run audit`: compares the local bucket with what the local rooms and directory hold, and removes what has no owner. The report
// is the server's last line: of the one that runs already, or of one that is started for this. Deployments do it by themselves.
import { setTimeout as delay } from 'node:timers/promises';
import { exitWith, start } from './lib/process.mjs';
import { localOrigin, serverCommand } from './lib/server.mjs';
import { setUp } from './lib/steps.mjs';

const startDeadlineMs = 60_000;

await exitWith(async () => {
  const origin = localOrigin();
  const isRunning = await answers(origin);
  if (!isRunning) await setUp();
  const [command, ...args] = serverCommand();
  const server = isRunning ? null : start(command, args);
  try {
    const end = performance.now() + startDeadlineMs;
    while (!(await answers(origin))) {
      if (performance.now() > end) throw new Error('The server does not start');
      await delay(200);
    }
    // Answered by the development server alone: a deployment has no such address.
    const answer = await fetch(`${origin}/cdn-cgi/handler/scheduled?cron=audit`);
    if (!answer.ok) throw new Error(`The audit failed: ${await answer.text()}`);
    if (isRunning) console.log('Done. The report is in the output of the server that runs.');
  } finally {
    await server?.stop();
  }
});

/** @param {string} origin */
async function answers(origin) {
  try {
    return (await fetch(`${origin}/api/health`)).ok;
  } catch {
    return false;
  }
}
