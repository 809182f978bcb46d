import type { Page } from 'playwright-core';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { inbox } from '../../src/protocol/inbox-frames';
import { chatAnswer } from '../../src/protocol/rest';
import { text } from '../support/chats';
import { fillInbox } from '../support/fill-rows';
import { startHarness } from '../support/harness';
import { signInAgain, signUp } from '../support/people';
import { lookAtEveryFrame } from './every-frame';
import { eventually, type Stage, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();

const chatCount = 10_000;
/** Where in the list the one chat is that has a room. */
const placeOfTheReal = 9_000;
/** So far somebody scrolls. */
const farDown = 2_000;
/** One of so many chats holds something unread. */
const unreadEach = 20;

interface LongList {
  readonly ada: Visitor;
  /** Somebody writes into the chat that has a room. */
  say(words: string): Promise<void>;
}

/** Ada, with ten thousand chats, each of which is named by its place in the list. */
async function longList(stage: Stage): Promise<LongList> {
  const [ada, mira, harness] = await Promise.all([stage.enter('Ada', 'desktop'), signUp(stage.url, 'Mira'), startHarness()]);
  const { id: adaId } = await signInAgain(stage.url, ada);
  const name = `Chat ${placeOfTheReal}`;
  const made = await mira.call('POST', '/api/chats', { is_group: true, name, member_ids: [adaId] });
  const chatId = v.parse(chatAnswer, made.body).chat.id;
  await ada.chatRow(name).waitFor();
  const place = `(n + (n >= ${placeOfTheReal}))`;
  const [at, unread] = [`model.updated_at - ${place} * 60000`, `(${place} % ${unreadEach} = 0)`];
  await fillInbox(harness, adaId, chatId, chatCount - 1, {
    updated_at: at,
    unread,
    delivered_seq: "model.facts ->> '$.last_seq'",
    facts: `json_set(model.facts, '$.id', printf('%08x-0000-4000-8000-000000000000', n), '$.name', 'Chat ' || ${place}, '$.updated_at', ${at}, '$.unread_count', ${unread})`,
  });
  const storage = await harness.worker.getDurableObjectStorage('Inbox', { name: adaId });
  const ago = placeOfTheReal * 60_000;
  await storage.exec(
    `UPDATE chats SET updated_at = updated_at - ${ago}, facts = json_set(facts, '$.updated_at', updated_at - ${ago}) WHERE chat_id = ?`,
    chatId,
  );
  const say = async (words: string) => {
    expect((await mira.call('POST', `/api/chats/${chatId}/messages`, text(words))).status).toBe(201);
  };
  return { ada, say };
}

/** What a page's inbox sockets and calls of the list have brought since it is listened to. */
function listen(page: Page): { readonly frames: string[]; readonly calls: string[] } {
  const heard = { frames: [] as string[], calls: [] as string[] };
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).pathname !== '/api/users/me/socket') return;
    socket.on('framereceived', ({ payload }) => heard.frames.push(String(payload)));
  });
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname === '/api/users/me/chats') heard.calls.push(pathname + search);
  });
  return heard;
}

/** What a list has shown since it is watched. */
interface ListReport {
  /** Each a frame in which something was wrong, in words. */
  readonly faults: string[];
  readonly frames: number;
  /** Most rows that were in the page at a time. */
  readonly mostRows: number;
  /** The highest place that was on the screen. */
  readonly highest: number;
}

/**
 * Looks at the list in every frame from now on: the screen must be full of rows, each must say the place that it has, one after
 * the other. Since chats are named by their places, one that was missing or doubled would move all that follow it.
 */
async function watchList(page: Page): Promise<() => Promise<ListReport>> {
  const watch = await page.evaluateHandle(() => {
    const report = { faults: [] as string[], frames: 0, mostRows: 0, highest: 0 };
    const look = () => {
      const scroller = document.querySelector('.chats-scroll');
      if (scroller === null) return;
      const screen = scroller.getBoundingClientRect();
      const rows = [...scroller.querySelectorAll('.chat-item')];
      const visible = rows
        .map((row) => ({ row, rect: row.getBoundingClientRect() }))
        .filter(({ rect }) => rect.bottom > screen.top && rect.top < screen.bottom);
      report.frames++;
      report.mostRows = Math.max(report.mostRows, rows.length);
      const fault = (words: string) => report.faults.push(`frame ${report.frames}, at ${Math.round(scroller.scrollTop)}: ${words}`);
      const places = visible.map(({ row }) => Number(row.getAttribute('aria-posinset')));
      const [first, last] = [visible[0], visible.at(-1)];
      if (first === undefined || last === undefined) return void fault('nothing on the screen');
      if (first.rect.top > screen.top + 1 && places[0] !== 1) fault(`blank above, ${Math.round(first.rect.top - screen.top)} px`);
      const isAtEnd = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;
      if (last.rect.bottom < screen.bottom - 1 && !isAtEnd) fault(`blank below, ${Math.round(screen.bottom - last.rect.bottom)} px`);
      for (const [index, { row }] of visible.entries()) {
        const place = places[index] ?? Number.NaN;
        const named = Number(/^Chat (\d+)$/.exec(row.querySelector('.chat-row-title')?.textContent ?? '')?.[1]);
        if (named !== place) fault(`chat ${named} says that it is at ${place}`);
        if (index > 0 && place !== (places[index - 1] ?? 0) + 1) fault(`after ${places[index - 1]} comes ${place}`);
        // How many there are is not known before the end has come.
        if (row.getAttribute('aria-setsize') !== '-1') fault(`one of ${row.getAttribute('aria-setsize')}`);
        report.highest = Math.max(report.highest, place);
      }
    };
    return { report, look };
  });
  return lookAtEveryFrame(watch);
}

const scroller = ({ page }: Visitor) => page.locator('.chats-scroll');
const rows = ({ page }: Visitor) => page.locator('.chat-item');
const titles = ({ page }: Visitor) => page.getByTestId('chat-row').locator('.chat-row-title').allTextContents();

/** Turns the wheel over the list like somebody in a hurry. */
async function wheel(visitor: Visitor, px: number, turns: number): Promise<void> {
  const box = await scroller(visitor).boundingBox();
  if (box === null) throw new Error('There is no list');
  await visitor.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let turn = 0; turn < turns; turn++) await visitor.page.mouse.wheel(0, px);
}

test('[INBOX-1] of 10,000 chats the first come in one round trip, the others as one scrolls; the total is of all, and what is new comes to the top', async () => {
  const { ada, say } = await longList(stage);
  const heard = listen(ada.page);
  await ada.page.reload();
  await ada.chatRow('Chat 1').first().waitFor();
  const [first] = heard.frames;
  const frame = v.parse(inbox, JSON.parse(first ?? ''));
  expect([frame.reset, frame.chats.map(({ name }) => name)]).toEqual([true, Array.from({ length: 50 }, (_, index) => `Chat ${index + 1}`)]);
  expect(frame.next_cursor).not.toBe(null);
  expect(heard.calls).toEqual([]);
  // Of those 50 two hold something unread.
  await eventually(() => ada.page.title()).toMatch(/^\(499\)/);
  expect(await rows(ada).first().getAttribute('aria-setsize')).toBe('-1');

  const stop = await watchList(ada.page);
  await wheel(ada, 700, 40);
  await eventually(() => heard.calls.length).toBeGreaterThan(1);
  // Dragged to the lower end of what is loaded, which moves away with every page.
  const dragDown = async () => {
    await scroller(ada).evaluate((list) => list.scrollTo(0, list.scrollHeight));
    return Number(await rows(ada).last().getAttribute('aria-posinset'));
  };
  await eventually(dragDown, 120_000).toBeGreaterThanOrEqual(farDown);
  await wheel(ada, -3_000, 60);
  const { faults, mostRows, highest, frames } = await stop();
  expect(faults).toEqual([]);
  expect(highest).toBeGreaterThanOrEqual(farDown);
  expect(mostRows).toBeLessThan(60);
  expect(frames).toBeGreaterThan(50);
  // Each page was asked for once.
  expect(new Set(heard.calls).size).toBe(heard.calls.length);
  expect(heard.calls.length).toBeGreaterThanOrEqual(farDown / 50 - 1);
  expect(await ada.page.title()).toMatch(/^\(499\)/);

  // The page has not even loaded it.
  await say('From far below');
  await eventually(() => ada.page.title()).toMatch(/^\(500\)/);
  await scroller(ada).evaluate((list) => list.scrollTo(0, 0));
  await eventually(async () => (await titles(ada)).slice(0, 3)).toEqual([`Chat ${placeOfTheReal}`, 'Chat 1', 'Chat 2']);
  expect(await rows(ada).first().getAttribute('aria-posinset')).toBe('1');
  await eventually(() => ada.preview(`Chat ${placeOfTheReal}`).textContent()).toContain('From far below');
  await ada.chatRow(`Chat ${placeOfTheReal}`).click();
  await eventually(() => ada.texts()).toEqual(['From far below']);
  await eventually(() => ada.page.title()).toMatch(/^\(499\)/);
});
