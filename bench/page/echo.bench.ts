import { test } from 'vitest';
import { longChat } from '../../test/browser/long-chat';
import { sharedStage } from '../../test/browser/stage';
import type { Visitor } from '../../test/browser/visitor';
import { words } from './figures';

const stage = sharedStage();
const repeats = 150;

/** From the key that sends to the frame that shows the line, in ms; of so many lines, one after the other. */
async function echoes({ page, messageField }: Visitor): Promise<number[]> {
  const watch = await page.evaluateHandle(() => {
    const times: number[] = [];
    let pressedAt: number | null = null;
    addEventListener(
      'keydown',
      ({ key, timeStamp }) => {
        if (key === 'Enter') pressedAt = timeStamp;
      },
      true,
    );
    const log = document.querySelector('[data-testid="message-log"]');
    if (log === null) throw new Error('There is no log');
    new MutationObserver((changes) => {
      const isOwn = changes.some(({ addedNodes }) =>
        [...addedNodes].some((node) => node instanceof Element && node.querySelector('[data-testid="line"][data-own="true"]') !== null),
      );
      if (!isOwn || pressedAt === null) return;
      const begun = pressedAt;
      pressedAt = null;
      // The frame is painted right after its callbacks; what comes next in the queue comes after it.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => times.push(performance.now() - begun);
        port2.postMessage(null);
      });
    }).observe(log, { childList: true, subtree: true });
    return { times };
  });
  for (let line = 1; line <= repeats; line++) {
    await messageField.fill(`Number ${line}`);
    await messageField.press('Enter');
    await page.waitForFunction(({ running, count }) => running.times.length === count, { running: watch, count: line });
  }
  return watch.evaluate(({ times }) => times);
}

test('from the key to the line on the screen', async () => {
  const { ada } = await stage.alone('desktop');
  console.log(`in a new chat: ${words(await echoes(ada))} ms`);
  const { ada: deep } = await longChat(stage, 'desktop', 1, true, 4_999);
  for (let page = 0; page < 40; page++) {
    await deep.page.getByTestId('log-scroll').evaluate((scroller) => scroller.scrollTo(0, 0));
    await deep.page.waitForTimeout(60);
  }
  console.log(`with 1,500 lines held: ${words(await echoes(deep))} ms`);
});
