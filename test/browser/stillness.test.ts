import * as v from 'valibot';
import { expect, test } from 'vitest';
import { chatAnswer } from '../../src/protocol/rest';
import { text } from '../support/chats';
import { picture, uploadImage } from '../support/media';
import { type Person, signInAgain, signUp } from '../support/people';
import { eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();

/** Held back until `release`: what comes at once shows nothing of what it would push aside. */
async function hold({ page }: Visitor, url: RegExp): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(url, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

/** What jumps in every page that is loaded from now on: each how far, and what. */
async function watchJumps({ page }: Visitor): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    type Source = { node: Node | null; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly };
    const from = ({ x, y, width, height }: DOMRectReadOnly) => [x, y, width, height].map(Math.round).join(' ');
    const jumps: string[] = [];
    Object.assign(globalThis, { jumps });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, sources } = entry as PerformanceEntry & { value: number; sources: Source[] };
        const what = sources.map(({ node, previousRect, currentRect }) => {
          const element = node instanceof Element ? node : node?.parentElement;
          return `${element?.tagName}.${element?.className} “${node?.textContent}” ${from(previousRect)} to ${from(currentRect)}`;
        });
        jumps.push(`${value.toFixed(4)} ${what.join('; ')}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { jumps: string[] }).jumps);
}

/** How many rows of the log are in each page that is loaded from now on, in every frame that has any. */
async function countRows({ page }: Visitor): Promise<() => Promise<number[]>> {
  await page.addInitScript(() => {
    const counts: number[] = [];
    Object.assign(globalThis, { counts });
    const count = () => {
      const rows = document.querySelectorAll('.log-row').length;
      if (rows > 0) counts.push(rows);
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
  return () => page.evaluate(() => (globalThis as unknown as { counts: number[] }).counts);
}

/** A group of theirs in which Mira has said forty things and shown two pictures, of which nobody has read anything. */
async function fullChat(ada: Person): Promise<string> {
  const mira = await signUp(stage.url, 'Mira');
  const made = await mira.call('POST', '/api/chats', { is_group: true, name: 'Sunday hike', member_ids: [ada.id] });
  const chatId = v.parse(chatAnswer, made.body).chat.id;
  const media = [await uploadImage(mira, chatId, 'progressive.jpg'), await uploadImage(mira, chatId, 'phone-orientation-6.jpg')];
  const lines = Array.from({ length: 40 }, (_, index) => text(`Line ${index + 1}${' and more of it'.repeat((index * 7) % 23)}`));
  const frames = [...lines.slice(0, 2), picture(media[0]?.id ?? ''), ...lines.slice(2), picture(media[1]?.id ?? '')];
  expect((await mira.call('POST', `/api/chats/${chatId}/frames`, frames)).status).toBe(200);
  return chatId;
}

test('nothing jumps while the page loads: the door, the list, and a chat with unread lines and pictures', async () => {
  const ada = await stage.arrive('Ada', 'phone');
  const jumps = await watchJumps(ada);
  await ada.page.reload();
  await ada.button('Log in').waitFor();
  expect(await jumps()).toEqual([]);

  await ada.signUp();
  const chatId = await fullChat(await signInAgain(stage.url, ada));
  const releaseList = await hold(ada, /\/api\/users\/me$/);
  await ada.page.reload();
  await ada.page.getByText('Signing in…').waitFor();
  releaseList();
  await ada.chatRow('Sunday hike').waitFor();
  expect(await jumps()).toEqual([]);

  const releasePictures = await hold(ada, /\/r2\/s3\//);
  await ada.page.goto(`${stage.url}/#/chats/${chatId}`);
  await ada.page.reload();
  await ada.hasOpened('Sunday hike');
  await ada.page.getByTestId('unread-divider').waitFor();
  const first = ada.line('Line 2 ').first();
  const topOfFirst = () => first.evaluate((line) => line.getBoundingClientRect().top);
  const before = await topOfFirst();
  releasePictures();
  const shown = ada.page.getByTestId('thumbnail').first();
  await eventually(() => shown.evaluate((image) => image instanceof HTMLImageElement && image.complete && image.naturalWidth > 0)).toBe(
    true,
  );
  expect(await topOfFirst()).toBe(before);
  expect(await jumps()).toEqual([]);
});

test('a conversation is opened with a screenful of lines; those beyond the screen come a few a frame', async () => {
  const ada = await stage.enter('Ada', 'phone');
  const chatId = await fullChat(await signInAgain(stage.url, ada));
  const counts = await countRows(ada);
  await ada.page.goto(`${stage.url}/#/chats/${chatId}`);
  await ada.page.reload();
  await ada.hasOpened('Sunday hike');
  const log = ada.page.getByTestId('log-scroll');
  // One and a half screens are there in the end.
  const rows = ada.page.locator('.log-row');
  await eventually(async () => {
    const [screen, last] = [await log.boundingBox(), await rows.last().boundingBox()];
    return screen === null || last === null ? 0 : (last.y + last.height - screen.y) / screen.height;
  }).toBeGreaterThan(2);
  const seen = await counts();
  const [first = 0] = seen;
  expect(first).toBeGreaterThan(3);
  expect(first).toBeLessThan(18);
  expect(Math.max(...seen)).toBeGreaterThan(first);
  const added = seen.map((count, frame) => count - (seen[frame - 1] ?? first));
  expect(Math.max(...added)).toBeLessThan(first);
});
