import { setTimeout as delay } from 'node:timers/promises';

/** Nothing that is right takes so long, on a busy machine either. */
export const defaultDeadlineMs = 30_000;

/**
 * How long to wait, in ms, before asking again for what has not come for so long: asking is work, of which what is waited for
 * has less then. It makes nothing later by more than a tenth.
 */
export function pauseMs(waitedMs: number): number {
  return Math.min(Math.max(25, waitedMs / 10), 150);
}

/**
 * Asks until the answer is `true`, for what announces itself in no other way.
 * @param what completes "Waited … ms for" when it fails
 * @throws after `deadlineMs`
 */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, deadlineMs = defaultDeadlineMs): Promise<void> {
  const start = performance.now();
  while (!(await isSo())) {
    const waitedMs = performance.now() - start;
    if (waitedMs > deadlineMs) throw new Error(`Waited ${deadlineMs} ms for ${what}`);
    await delay(pauseMs(waitedMs));
  }
}

/** Checks until nothing is wrong. @throws what was wrong last, after `deadlineMs` */
export async function eventually(check: () => void | Promise<void>, deadlineMs = 10_000): Promise<void> {
  const start = performance.now();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      const waitedMs = performance.now() - start;
      if (waitedMs > deadlineMs) throw error;
      await delay(pauseMs(waitedMs));
    }
  }
}
