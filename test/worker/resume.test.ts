import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Message } from '../../src/protocol/models';
import { messagesAnswer } from '../../src/protocol/rest';
import { type ChatOfTwo, makeDirectChat, text } from '../support/chats';
import { CuttingProxy } from '../support/cutting-proxy';
import { type Harness, startHarness } from '../support/harness';
import { until } from '../support/poll';
import { type SeededRandom, seededRandom } from '../support/random';
import { ResumingClient } from '../support/resuming-client';
import { connectRoom } from '../support/room-socket';
import { TestServer } from '../support/server';

const total = 200;
const numbers = Array.from({ length: total }, (_, i) => String(i));
/** As many messages wait for their acknowledgement at most: a person does not type on for ever either. */
const maxUnacknowledged = 20;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

/** A client that is stopped when the test ends, however it ends. */
function join(url: string, accessToken: string, chatId: string): ResumingClient {
  const client = new ResumingClient(url, accessToken, chatId);
  onTestFinished(() => client.stop());
  return client;
}

/** A network to the harness that cuts connections after some bytes. */
async function breakingNetwork(nextLife: () => number): Promise<CuttingProxy> {
  const proxy = await CuttingProxy.start(harness.url, nextLife);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Lets the room sleep under its sockets; `false` when it does so already. */
function evict(chatId: string): Promise<boolean> {
  return harness.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' }).then(
    () => true,
    () => false,
  );
}

/** Sends all numbers in order, a few at a time; `between` runs after each few. */
async function sendNumbers(sender: ResumingClient, random: SeededRandom, between: (sent: number) => Promise<void>): Promise<void> {
  for (let sent = 0; sent < total; ) {
    const burst = Math.min(random.between(1, 8), total - sent);
    for (const content of numbers.slice(sent, sent + burst)) sender.send(text(content));
    sent += burst;
    await between(sent);
    await until('acknowledgements', () => sender.unacknowledged <= maxUnacknowledged, 60_000);
  }
  await until('the last acknowledgements', () => sender.unacknowledged === 0, 60_000);
}

function contentsOf(messages: readonly Message[]): (string | null)[] {
  return messages.filter((message) => message.message_type !== 'system').map((message) => message.content);
}

/** The whole history as the REST call pages it, oldest first. */
async function history({ ben, chatId }: ChatOfTwo): Promise<Message[]> {
  const pages: Message[][] = [];
  for (let before: string | null = ''; before !== null; ) {
    const query = before === '' ? '' : `&before=${before}`;
    const answer = await ben.call('GET', `/api/users/me/chats/${chatId}/messages?limit=100${query}`);
    const page: v.InferOutput<typeof messagesAnswer> = v.parse(messagesAnswer, answer.body);
    pages.push(page.messages);
    before = page.next_before;
  }
  return pages.flat().reverse();
}

/** A message without what is its sender's own to see. */
function shared({ receipts: _, ...message }: Message): Omit<Message, 'receipts'> {
  return message;
}

/** Each number once and in order: as they arrived, as both hold them, and as they are stored; nothing acknowledged is missing. */
async function expectExactlyOnce(chat: ChatOfTwo, sender: ResumingClient, receiver: ResumingClient): Promise<void> {
  await Promise.all([sender, receiver].map((client) => until('all messages', () => contentsOf(client.messages).length >= total, 30_000)));
  const stored = await history(chat);
  expect(contentsOf(stored)).toEqual(numbers);
  expect(stored.map((message) => message.seq)).toEqual(Array.from({ length: total + 1 }, (_, i) => i + 1));
  for (const client of [sender, receiver]) {
    expect(client.breaches).toEqual([]);
    expect(client.resets).toBe(0);
    expect(client.messages.map(shared)).toEqual(stored.map(shared));
    expect(client.arrivals).toEqual(stored.map((message) => message.id));
  }
  const told = [...sender.acknowledged.values()].map(({ id, seq, created_at }) => ({ id, seq, created_at }));
  expect(told.sort((a, b) => a.seq - b.seq)).toEqual(stored.slice(1).map(({ id, seq, created_at }) => ({ id, seq, created_at })));
}

describe('each message exactly once and in order', () => {
  test('[SYNC-4] while both connections are cut at random moments', async () => {
    const random = seededRandom();
    const chat = await makeDirectChat(harness.url);
    // Three connections in four live for a few frames, the fourth for what has piled up.
    const lives = () => {
      let connections = 0;
      return () => (++connections % 4 === 0 ? 6_000 : random.between(500, 3_000));
    };
    const [mine, yours] = await Promise.all([breakingNetwork(lives()), breakingNetwork(lives())]);
    const sender = join(mine.url, chat.ada.accessToken, chat.chatId);
    const receiver = join(yours.url, chat.ben.accessToken, chat.chatId);
    await sendNumbers(sender, random, async () => {});
    await expectExactlyOnce(chat, sender, receiver);
    expect(Math.min(mine.cuts, yours.cuts)).toBeGreaterThanOrEqual(3);
  });

  test('[SYNC-4] while the room is evicted under its sleeping sockets', async () => {
    const random = seededRandom();
    const chat = await makeDirectChat(harness.url);
    const sender = join(harness.url, chat.ada.accessToken, chat.chatId);
    const receiver = join(harness.url, chat.ben.accessToken, chat.chatId);
    let evictions = 0;
    await sendNumbers(sender, random, async () => {
      if (random.below(3) > 0) return;
      await until('the room to be awake', () => evict(chat.chatId));
      evictions += 1;
    });
    await expectExactlyOnce(chat, sender, receiver);
    expect(evictions).toBeGreaterThanOrEqual(4);
    // The sender may have given up a connection over a frame that an eviction swallowed on its way in.
    expect(receiver.connections).toBe(1);
  });

  test('[SYNC-4] while the whole server is killed under load and started again on the same data', { timeout: 180_000 }, async () => {
    const random = seededRandom();
    const server = await TestServer.start();
    onTestFinished(() => server.close());
    const chat = await makeDirectChat(server.url);
    const sender = join(server.url, chat.ada.accessToken, chat.chatId);
    const receiver = join(server.url, chat.ben.accessToken, chat.chatId);
    const moments = [1, 2, 3].map((part) => random.between((part - 1) * 60 + 10, part * 60));
    await sendNumbers(sender, random, async (sent) => {
      if (sent < (moments[0] ?? Number.POSITIVE_INFINITY)) return;
      moments.shift();
      // Some of what was just sent is acknowledged, some not: that is the moment.
      await until('one more acknowledgement', () => sender.unacknowledged < maxUnacknowledged);
      await server.restart();
    });
    await expectExactlyOnce(chat, sender, receiver);
    expect(sender.connections).toBeGreaterThanOrEqual(4);
  });
});

describe('frames', () => {
  /** As much text as one message takes, which JSON makes six times longer. */
  const long = (mark: string) => mark.padEnd(5_000, '\u0001');

  test('[SYNC-3] a burst too large for one frame has a rev for each: a line cut between them loses nothing', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const watcher = join(harness.url, ben.accessToken, chatId);
    const sender = connectRoom(harness.url, ada.accessToken, chatId);
    await Promise.all([sender.waitForType('welcome'), until('the watcher to be there', () => watcher.messages.length === 1)]);
    const marks = Array.from({ length: 24 }, (_, i) => `${i} `);
    for (const mark of marks) sender.send(text(long(mark)));
    await until('all of it', () => watcher.messages.length === 25);
    expect(watcher.messages.slice(1).map((message) => message.content)).toEqual(marks.map(long));
    expect(watcher.breaches).toEqual([]);
    await sender.close();
  });

  test('[SYNC-2] [SOCK-4] a welcome keeps its bound whatever was said: as many of the newest messages as fit', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const sender = connectRoom(harness.url, ada.accessToken, chatId);
    const { epoch, rev } = await sender.waitForType('welcome');
    for (let i = 0; i < 30; i++) sender.send(text(long(`${i} `)));
    await sender.waitForType('new_message', ({ message }) => message.seq === 31);
    for (const position of [undefined, { epoch, rev }]) {
      const reader = connectRoom(harness.url, ben.accessToken, chatId, position);
      const welcome = await reader.waitForType('welcome');
      expect(welcome.reset).toBe(true);
      expect(welcome.messages.length).toBeGreaterThanOrEqual(5);
      expect(welcome.messages.at(-1)?.seq).toBe(31);
      await reader.close();
    }
    await sender.close();
  });
});

test('[SYNC-3] [SYNC-4] a reading that moves no clock takes no rev: after a wake-up none is given out twice', async () => {
  const { ada, ben, chatId } = await makeDirectChat(harness.url);
  const first = text('its own clock ends first', 3_600);
  expect((await ada.call('POST', `/api/chats/${chatId}/messages`, first)).status).toBe(201);
  const reader = connectRoom(harness.url, ben.accessToken, chatId);
  const { epoch } = await reader.waitForType('welcome');
  reader.send({ type: 'mark_read', message_id: first.id });
  const { rev = 0 } = await reader.waitForType('message_read');
  await reader.close();
  await harness.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' });
  expect((await ada.call('POST', `/api/chats/${chatId}/messages`, text('after waking'))).status).toBe(201);
  const back = connectRoom(harness.url, ben.accessToken, chatId, { epoch, rev });
  const welcome = await back.waitForType('welcome');
  expect(welcome).toMatchObject({ reset: false, messages: [{ content: 'after waking' }] });
  await back.close();
});
