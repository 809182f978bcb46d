import type { Page } from 'playwright-core';
import { lookAtEveryFrame } from './every-frame';

/** What a log has shown since it is watched. */
export interface LogReport {
  /** Each a frame in which something was wrong, in words. */
  readonly faults: string[];
  /** Frames looked at. */
  readonly frames: number;
  /** Most rows that were in the page at a time. */
  readonly mostRows: number;
  /** How far what stood on the screen went up, and down, from one frame to the next, at most. */
  readonly mostUpPx: number;
  readonly mostDownPx: number;
  /** The height of all that could be scrolled to, at most: how much was held. */
  readonly tallestPx: number;
  /** The lowest and the highest number that stood on the screen. */
  readonly lowest: number;
  readonly highest: number;
}

/**
 * Looks at the log in every frame from now on: the screen must be full of rows, and the lines, which say their numbers,
 * must follow each other without one missing, and what was on it in the frame before must have moved as one.
 */
export async function watchLog(page: Page): Promise<() => Promise<LogReport>> {
  // A line that was just written slides in, which is no jump.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const watch = await page.evaluateHandle(() => {
    const report = {
      faults: [] as string[],
      frames: 0,
      mostRows: 0,
      tallestPx: 0,
      mostUpPx: 0,
      mostDownPx: 0,
      lowest: Number.POSITIVE_INFINITY,
      highest: 0,
    };
    let tops = new Map<Element, number>();
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
      report.tallestPx = Math.max(report.tallestPx, scroller.scrollHeight);
      report.mostRows = Math.max(report.mostRows, rows.length);
      const fault = (text: string) => report.faults.push(`frame ${report.frames}, at ${Math.round(scroller.scrollTop)}: ${text}`);
      if (first === undefined || last === undefined) return void fault('nothing on the screen');
      if (first.rect.top > screen.top + 1 && first.row !== rows[0]) fault(`blank above, ${Math.round(first.rect.top - screen.top)} px`);
      if (last.rect.bottom < screen.bottom - 1 && last.row !== rows.at(-1))
        fault(`blank below, ${Math.round(screen.bottom - last.rect.bottom)} px`);
      const atTop = first.row === rows[0] && first.rect.top > screen.top + 20 && first.row.getAttribute('data-key') !== 'start';
      if (atTop) fault(`blank above the first row, ${Math.round(first.rect.top - screen.top)} px`);
      // Words, not rows: the first of somebody's lines has their name above it, until the one before has come.
      const words = [...scroller.querySelectorAll('.log-row:not(.is-pinned) .bubble-text')];
      const standing = words
        .map((element) => ({ element, rect: element.getBoundingClientRect() }))
        .filter(({ rect }) => rect.bottom > screen.top && rect.top < screen.bottom);
      const moves = standing.flatMap(({ element, rect }) => {
        const before = tops.get(element);
        return before === undefined ? [] : [rect.top - before];
      });
      tops = new Map(standing.map(({ element, rect }) => [element, rect.top]));
      report.mostDownPx = Math.max(report.mostDownPx, ...moves);
      report.mostUpPx = Math.max(report.mostUpPx, ...moves.map((px) => -px));
      if (Math.max(...moves) - Math.min(...moves) > 1) fault(`moved apart, ${moves.map(Math.round).join(' ')} px`);
      let previous: number | null = null;
      for (const { row } of visible) {
        if (row.getAttribute('data-key') === 'gap') previous = null;
        const number = Number(/^Line (\d+)/.exec(row.querySelector('.bubble-text')?.textContent ?? '')?.[1]);
        if (Number.isNaN(number)) continue;
        if (previous !== null && number !== previous + 1) fault(`after ${previous} comes ${number}`);
        previous = number;
        report.lowest = Math.min(report.lowest, number);
        report.highest = Math.max(report.highest, number);
      }
    };
    return { report, look };
  });
  return lookAtEveryFrame(watch);
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
