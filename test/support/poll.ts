import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks until the answer is `true`, for what announces itself in no other way.
 * @param what completes "Waited … ms for" when it fails
 * @throws after `deadlineMs`
 */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Waited ${deadlineMs} ms for ${what}`);
    await delay(25);
  }
}
