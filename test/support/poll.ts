import { setTimeout as delay } from 'node:timers/promises';

/** Nothing that is right takes so long, on a busy machine either. */
export const defaultDeadlineMs = 30_000;

/**
 * Asks until the answer is `true`, for what announces itself in no other way.
 * @param what completes "Waited … ms for" when it fails
 * @throws after `deadlineMs`
 */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, deadlineMs = defaultDeadlineMs): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Waited ${deadlineMs} ms for ${what}`);
    await delay(25);
  }
}

/** Checks until nothing is wrong. @throws what was wrong last, after `deadlineMs` */
export async function eventually(check: () => void | Promise<void>, deadlineMs = 10_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
      await delay(50);
    }
  }
}
