import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { makeGroup, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { until } from '../support/poll';
import { ResumingClient } from '../support/resuming-client';
import { connectRoom } from '../support/room-socket';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const ending = 10_000;

test('[EXP-3] [EXP-4] ten thousand messages end at one moment: each once, none is read afterwards, and the room is heard meanwhile', {
  timeout: 120_000,
}, async () => {
  const { ada, ben, chatId } = await makeGroup(harness.url, null);
  const storage = await harness.worker.getDurableObjectStorage('Room', { name: chatId });
  const sender = connectRoom(harness.url, ada.accessToken, chatId);
  const { epoch } = await sender.waitForType('welcome');
  const watcher = new ResumingClient(harness.url, ben.accessToken, chatId);
  onTestFinished(() => watcher.stop());
  await until('the watcher to be there', () => watcher.messages.length === 1);
  for (let sent = 0; sent < ending; sent += 50) {
    sender.send(Array.from({ length: 50 }, (_, i) => text(`secret ${sent + i}`, 3_600)));
    // A reader that falls behind is closed [SOCK-3]: this is not about that.
    await until('the watcher to keep up', () => watcher.arrivals.length > sent - 500);
  }
  await until('all of them', () => watcher.arrivals.length === ending + 1);

  const end = Date.now() + 1_000;
  await storage.exec('UPDATE messages SET ends_at = ? WHERE ends_at IS NOT NULL', end);
  await harness.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' });
  // The room learns of the new end when it wakes.
  sender.send({ type: 'typing_stop' });
  await until('the end', () => Date.now() >= end);

  const left = () => watcher.messages.filter((message) => message.seq > 1 && message.deleted_at === null && message.expires_at !== null);
  const secretsIn = (body: unknown) => JSON.stringify(body).match(/secret \d+/g) ?? [];
  const progress: number[] = [];
  while (left().length > 0) {
    const line = text('meanwhile');
    sender.send(line);
    await sender.waitForType('message_accepted', ({ id }) => id === line.id);
    progress.push(left().length);
    const history = await ben.call('GET', `/api/users/me/chats/${chatId}/messages?limit=100`);
    expect([history.status, secretsIn(history.body)]).toEqual([200, []]);
    const fresh = connectRoom(harness.url, ben.accessToken, chatId, { epoch, rev: 1 });
    expect(secretsIn(await fresh.waitForType('welcome'))).toEqual([]);
    await fresh.close();
  }
  console.log(`[EXP-4] ${ending} ends took ${Date.now() - end} ms; left when a message was accepted meanwhile: ${progress.join(', ')}`);
  // Some were accepted while some, not all and not none, had ended.
  expect(progress.filter((count) => count > 0 && count < ending).length).toBeGreaterThan(0);

  const ends = sender.eventsOfType('message_expired');
  expect([ends.length, new Set(ends.map(({ message_id }) => message_id)).size]).toEqual([ending, ending]);
  expect(ends.filter((event) => event.deleted_at !== end || event.rev === undefined)).toEqual([]);
  expect(watcher.breaches).toEqual([]);
  const state = `SELECT count(*) AS ended, sum(body IS NOT NULL OR ends_at IS NOT NULL) AS uncleaned FROM messages WHERE deleted_at = ?`;
  expect(await storage.exec(state, end)).toEqual([{ ended: ending, uncleaned: 0 }]);
  await sender.close();
});
