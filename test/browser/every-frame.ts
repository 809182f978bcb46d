import type { JSHandle } from 'playwright-core';
import { expect } from 'vitest';

/** What looks at a page, in the page: `look` notes in `report` what it sees. */
export interface Watch<Report extends { frames: number }> {
  readonly report: Report;
  look(): void;
}

/**
 * Has a page looked at in every frame from now on.
 * @returns what ends that and tells what was seen
 */
export async function lookAtEveryFrame<Report extends { frames: number }>(watch: JSHandle<Watch<Report>>): Promise<() => Promise<Report>> {
  const loop = await watch.evaluateHandle(({ look }) => {
    const loop = { isOver: false };
    const next = () => {
      if (loop.isOver) return;
      look();
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
    return loop;
  });
  // What stands there at first counts, too, however soon it is scrolled away.
  await expect.poll(() => watch.evaluate(({ report }) => report.frames)).toBeGreaterThan(0);
  return async () => {
    await loop.evaluate((running) => {
      running.isOver = true;
    });
    return watch.evaluate(({ report }) => report);
  };
}
