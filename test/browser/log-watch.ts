import type { Page } from 'playwright-core';

/** What a log has shown since it is watched. */
export interface LogReport {
  /** Each a frame in which something was wrong, in words. */
  readonly faults: string[];
  /** Frames looked at. */
  readonly frames: number;
  /** Most rows that were in the page at a time. */
  readonly mostRows: number;
  /** The lowest and the highest number that stood on the screen. */
  readonly lowest: number;
  readonly highest: number;
}

/**
 * Looks at the log in every frame from now on: the screen must be full of rows, and the lines, which say their numbers,
 * must follow each other without one missing, as `first` says which number comes after which.
 */
export async function watchLog(page: Page): Promise<() => Promise<LogReport>> {
  const watch = await page.evaluateHandle(() => {
    const report = { faults: [] as string[], frames: 0, mostRows: 0, lowest: Number.POSITIVE_INFINITY, highest: 0 };
    let isOver = false;
    const look = () => {
      const scroller = document.querySelector('[data-testid="log-scroll"]');
      if (scroller === null) return;
      const screen = scroller.getBoundingClientRect();
      const rows = [...scroller.querySelectorAll('.log-row:not(.is-pinned)')];
      const visible = rows
        .map((row) => ({ row, rect: row.getBoundingClientRect() }))
        .filter(({ rect }) => rect.bottom > screen.top && rect.top < screen.bottom);
      const [first, last] = [visible[0], visible.at(-1)];
      report.frames++;
      report.mostRows = Math.max(report.mostRows, rows.length);
      const words = (text: string) => report.faults.push(`frame ${report.frames}, at ${Math.round(scroller.scrollTop)}: ${text}`);
      if (first === undefined || last === undefined) return void words('nothing on the screen');
      if (first.rect.top > screen.top + 1 && first.row !== rows[0]) words(`blank above, ${Math.round(first.rect.top - screen.top)} px`);
      if (last.rect.bottom < screen.bottom - 1 && last.row !== rows.at(-1))
        words(`blank below, ${Math.round(screen.bottom - last.rect.bottom)} px`);
      const atTop = first.row === rows[0] && first.rect.top > screen.top + 20 && first.row.getAttribute('data-key') !== 'start';
      if (atTop) words(`blank above the first row, ${Math.round(first.rect.top - screen.top)} px`);
      let previous: number | null = null;
      for (const { row } of visible) {
        if (row.getAttribute('data-key') === 'gap') previous = null;
        const number = Number(/^Line (\d+)/.exec(row.querySelector('.bubble-text')?.textContent ?? '')?.[1]);
        if (Number.isNaN(number)) continue;
        if (previous !== null && number !== previous + 1) words(`after ${previous} comes ${number}`);
        previous = number;
        report.lowest = Math.min(report.lowest, number);
        report.highest = Math.max(report.highest, number);
      }
    };
    const loop = () => {
      if (isOver) return;
      look();
      requestAnimationFrame(loop);
    };
    requestAnimationFrame(loop);
    return {
      stop: () => {
        isOver = true;
        return report;
      },
    };
  });
  return () => watch.evaluate((running) => running.stop());
}

/** Where a line's top is on the screen, in pixels; null when it is not in the page. */
export function topOf(page: Page, text: string): Promise<number | null> {
  return page.evaluate((wanted) => {
    const rows = [...document.querySelectorAll('.log-row:not(.is-pinned)')];
    const row = rows.find((candidate) => candidate.querySelector('.bubble-text')?.textContent === wanted);
    return row?.getBoundingClientRect().top ?? null;
  }, text);
}

/** The texts of the lines that are wholly on the screen, from top to bottom. */
export function onScreen(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const screen = document.querySelector('[data-testid="log-scroll"]')?.getBoundingClientRect();
    if (screen === undefined) return [];
    return [...document.querySelectorAll('[data-testid="line"]')]
      .filter((line) => {
        const { top, bottom } = line.getBoundingClientRect();
        return top >= screen.top - 1 && bottom <= screen.bottom + 1;
      })
      .map((line) => line.querySelector('.bubble-text')?.textContent ?? '');
  });
}
