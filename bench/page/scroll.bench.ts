import type { CDPSession, Page } from 'playwright-core';
import { test } from 'vitest';
import { onScreen } from '../../test/browser/log-watch';
import { longChat, numberOf } from '../../test/browser/long-chat';
import { sharedStage } from '../../test/browser/stage';
import type { Visitor } from '../../test/browser/visitor';
import { words } from './figures';

const stage = sharedStage();
const lines = 100_000;
/** A leg of the way ends after so long at the latest: all of it takes two minutes on a quiet machine. */
const legMs = Number(process.env.BENCH_LEG_SECONDS ?? 300) * 1_000;

/** What the main thread was kept from answering by. */
interface Hold {
  readonly ms: number;
  /** Of the page's own code; the rest is the browser's, tests included. */
  readonly scriptMs: number;
}

interface Movement {
  /** Of each frame, in ms since the one before. */
  readonly frames: readonly number[];
  /** Tasks above 50 ms. */
  readonly longTasks: readonly number[];
  /** Frames that took above 50 ms. */
  readonly longFrames: readonly Hold[];
  readonly seconds: number;
}

/** Watches the main thread without giving it work: until the function returned is called. */
async function watchThread(page: Page): Promise<() => Promise<Movement>> {
  const watch = await page.evaluateHandle(() => {
    const begun = performance.now();
    const frames: number[] = [];
    const longTasks: number[] = [];
    const longFrames: { ms: number; scriptMs: number }[] = [];
    const observers = ['longtask', 'long-animation-frame'].map((type) => {
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          if (type === 'longtask') longTasks.push(entry.duration);
          else {
            const scripts = 'scripts' in entry && Array.isArray(entry.scripts) ? entry.scripts : [];
            longFrames.push({ ms: entry.duration, scriptMs: scripts.reduce((sum: number, { duration }) => sum + Number(duration), 0) });
          }
        }
      });
      observer.observe({ type });
      return observer;
    });
    let last = begun;
    let isOver = false;
    const next = (now: number) => {
      frames.push(now - last);
      last = now;
      if (!isOver) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
    return {
      stop: async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        isOver = true;
        for (const observer of observers) observer.disconnect();
        return { frames, longTasks, longFrames, seconds: (performance.now() - begun) / 1_000 };
      },
    };
  });
  return () => watch.evaluate((running) => running.stop());
}

/** What the page holds, after the garbage is gone. */
async function held(cdp: CDPSession, page: Page): Promise<string> {
  await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  const rows = await page.locator('.log-row').count();
  return `${(of('JSHeapUsedSize') / 2 ** 20).toFixed(1)} MiB, ${of('Nodes')} nodes, ${rows} rows in the page`;
}

function report(name: string, { frames, longTasks, longFrames, seconds }: Movement): void {
  const over = (ms: number) => longTasks.filter((task) => task > ms).length;
  const longest = Math.max(0, ...longTasks);
  const ownLongest = Math.max(0, ...longFrames.map(({ scriptMs }) => scriptMs));
  console.log(
    `${name}: ${seconds.toFixed(0)} s, ${frames.length} frames (${words(frames)} ms apart), ` +
      `${longTasks.length} tasks above 50 ms, ${over(100)} above 100 ms, longest ${longest.toFixed(0)} ms; ` +
      `longest script of a frame ${ownLongest.toFixed(0)} ms`,
  );
}

/** One wheel step after the other, as fast as they are taken, until the log shows what is waited for. */
async function wheelUntil({ page }: Visitor, stepPx: number, isThere: () => Promise<boolean>): Promise<void> {
  const box = await page.getByTestId('log-scroll').boundingBox();
  if (box === null) throw new Error('There is no log');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const end = performance.now() + legMs;
  for (let step = 0; performance.now() < end; step++) {
    await page.mouse.wheel(0, stepPx);
    if (step % 50 === 0 && (await isThere())) return;
  }
}

test(`a room of ${lines} lines, by wheel and by dragging`, { timeout: 3 * legMs + 120_000 }, async () => {
  const { ada } = await longChat(stage, 'desktop', 1, true, lines - 1);
  const { page } = ada;
  await ada.line(`Line ${lines}`).waitFor();
  const cdp = await ada.context.newCDPSession(page);
  await cdp.send('Performance.enable');
  const top = async () => numberOf((await onScreen(page)).find((line) => line.startsWith('Line')));
  console.log(`at the newest: ${await held(cdp, page)}`);

  // A wheel of a mouse turns by 100 to 120 pixels a notch.
  let stop = await watchThread(page);
  await wheelUntil(ada, -120, async () => (await top()) < lines - 700);
  report('700 lines up, 120 px a step', await stop());

  stop = await watchThread(page);
  const dragged = await top();
  for (let drag = 0; drag < 60; drag++) {
    await page
      .getByTestId('log-scroll')
      .evaluate((scroller, part) => scroller.scrollTo(0, scroller.scrollHeight * part), [0, 0.6, 0.2, 0][drag % 4] ?? 0);
    await page.waitForTimeout(50);
  }
  report(`60 drags to and fro, ${dragged - (await top())} lines up`, await stop());

  let from = await top();
  stop = await watchThread(page);
  await wheelUntil(ada, -4_000, () => page.getByTestId('policy-line').isVisible());
  report(`up by 4,000 px a step, ${from - (await top())} lines`, await stop());
  console.log(`there: ${await held(cdp, page)}`);

  from = await top();
  stop = await watchThread(page);
  await wheelUntil(ada, 4_000, async () => (await page.getByRole('button', { name: /go to the newest$/i }).count()) === 0);
  report(`down by 4,000 px a step, ${(await top()) - from} lines`, await stop());
  console.log(`there: ${await held(cdp, page)}`);
});
