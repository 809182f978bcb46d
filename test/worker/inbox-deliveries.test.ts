import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDirectChat, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { visitInbox } from '../support/inbox-socket';
import { type Person, signUp } from '../support/people';
import { visitRoom } from '../support/room-socket';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const open = (person: Person) => visitInbox(harness.url, person.accessToken);

const join = (person: Person, chatId: string) => visitRoom(harness.url, person.accessToken, chatId);

test('[INBOX-4] [RCPT-2] what a device acknowledges on its inbox socket is delivered, without its user being in the room', async () => {
  const { ada, ben, chatId } = await makeDirectChat(harness.url);
  const [inbox, room] = [await open(ben), await join(ada, chatId)];
  for (const [index, content] of ['one', 'two'].entries()) {
    room.send(text(content));
    const seq = index + 2;
    await inbox.waitForType('chat_updated', ({ chat }) => chat.last_seq === seq);
    expect(room.eventsOfType('message_delivered').flatMap(({ by }) => by.map((move) => move.up_to_seq))).toEqual(index === 0 ? [] : [2]);
    // Beyond what there is counts as far as there is.
    inbox.send({ type: 'mark_delivered', chat_room_id: chatId, up_to_seq: index === 0 ? seq : 1_000_000 });
    const { by } = await room.waitForType('message_delivered', (event) => event.by.some((move) => move.up_to_seq === seq));
    expect(by).toEqual([{ user_id: ben.id, up_to_seq: seq, at: expect.any(Number) }]);
  }
  expect(room.eventsOfType('message_read')).toEqual([]);
});

test('[INBOX-4] of chats that are not the user’s, and nonsense, is refused and changes nothing', async () => {
  const { ada, chatId } = await makeDirectChat(harness.url);
  const eve = await signUp(harness.url, 'eve');
  const [inbox, room] = [await open(eve), await join(ada, chatId)];
  room.send(text('secret'));
  await room.waitForType('message_accepted');
  const bad = [
    { chat_room_id: chatId, up_to_seq: 2 },
    { chat_room_id: randomUUID(), up_to_seq: 2 },
    { chat_room_id: 'x', up_to_seq: 2 },
    { chat_room_id: chatId, up_to_seq: -1 },
    { chat_room_id: chatId },
  ];
  inbox.sendRaw(JSON.stringify(bad.map((event, i) => ({ type: 'mark_delivered', ref: `bad ${i}`, ...event }))));
  await inbox.waitFor(() => inbox.eventsOfType('error').length === bad.length);
  expect(inbox.eventsOfType('error').map(({ code, ref }) => [code, ref])).toEqual([
    ['not_found', 'bad 0'],
    ['not_found', 'bad 1'],
    ['invalid', 'bad 2'],
    ['invalid', 'bad 3'],
    ['invalid', 'bad 4'],
  ]);
  const { cursors } = await (await join(ada, chatId)).waitForType('welcome');
  expect(cursors.every(({ user_id, delivered_seq }) => user_id === ada.id || delivered_seq === 0)).toBe(true);
});
