import { beforeEach, describe, expect, it } from 'vitest';
import type { ChatSummary } from '../../src/protocol/models';
import { previewWords } from '../../web/chats/chat-words';
import { Chats } from '../../web/chats/chats';
import { Room } from '../../web/conversation/room';
import { Drafts } from '../../web/drafts/drafts';
import { Unsent } from '../../web/unsent/unsent';
import { MemoryVault } from '../../web/vault/vault';
import { createWire } from '../../web/wire';
import { Rest } from '../../web/wire/rest';
import { TokenKeeper } from '../../web/wire/token-keeper';
import { adaId, boId, chatId, lastMessageOf, messageOf, summaryOf, welcomeOf } from './web-models';
import { type FakeConnection, FakePlatform, settle, testId } from './web-platform';
import { FakeBrowser } from './web-tabs';

const secret = 'Meet me at the mill';

describe('the list beside an open room', () => {
  let platform: FakePlatform;
  let chats: Chats;
  let room: Room;
  let inboxSocket: FakeConnection;
  let roomSocket: FakeConnection;

  beforeEach(async () => {
    platform = new FakePlatform();
    const tokens = new TokenKeeper(platform, { lost() {}, userChanged() {} });
    tokens.adopt('a.token', 900);
    const wire = createWire(platform, tokens, new Rest(platform, tokens));
    chats = new Chats(wire, { meChanged() {}, event() {} });
    const vault = Promise.resolve(new MemoryVault());
    const tab = new FakeBrowser().openTab('this');
    const unsent = new Unsent(vault, tab, () => {});
    room = new Room(wire, chatId, adaId, { unsent, drafts: new Drafts(vault, tab, platform), listNews: chats });
    await settle();
    inboxSocket = platform.last;
    room.enter();
    await settle();
    roomSocket = platform.last;
    roomSocket.deliver(welcomeOf(1, { reset: true, server_time: platform.now(), messages: [messageOf(7, { content: secret })] }));
    inboxSocket.deliver({ ...inbox, server_time: platform.now() });
  });

  const listed = (change: Partial<NonNullable<ChatSummary['last_message']>> = {}): ChatSummary =>
    summaryOf(900, { last_seq: 7, unread_count: 1, last_message: lastMessageOf(7, { preview: secret, ...change }) });
  const inbox = {
    type: 'inbox',
    epoch: 'e',
    rev: 1,
    chats: [listed()],
    removed: [],
    next_cursor: null,
    unread_total: 1,
    unread_chats: 1,
    reset: true,
  };
  let rev = 1;
  const tell = (chat: ChatSummary) => inboxSocket.deliver({ type: 'chat_updated', rev: ++rev, chat, unread_total: 1, unread_chats: 1 });
  const said = () => {
    const [chat] = chats.ordered.value;
    if (chat === undefined) return null;
    const { author, text } = previewWords(chat, adaId, platform.now(), () => false);
    return author === '' ? text : `${author}: ${text}`;
  };
  const held = () => JSON.stringify(chats.ordered.value);

  it('shows what the inbox told', () => {
    expect(said()).toBe(`Bo: ${secret}`);
  });

  const deleted = {
    type: 'message_deleted',
    rev: 2,
    message_id: testId(7),
    deleted_at: 1_800_000_000_000,
    deleted_by: boId,
    undone: false,
  };
  it.each([
    ['[SEND-6] deleted', deleted],
    ['[SEND-6] deleted by the clock of a server that is ahead', { ...deleted, deleted_at: 1_800_000_009_000 }],
    ['[EXP-4] expired', { type: 'message_expired', rev: 2, message_id: testId(7), reason: 'expired', deleted_at: 1_800_000_000_000 }],
    ['[SYNC-2] ended while away', welcomeOf(2, { messages: [messageOf(7, { content: null, deleted_at: 1_800_000_000_000 })] })],
  ])('a line that is %s is gone from the list with the room’s word, and no late news bring it back', (_, news) => {
    roomSocket.deliver(news);
    expect(held()).not.toContain(secret);
    expect(said()).toBe('Message disappeared');
    tell(listed());
    inboxSocket.deliver({ type: 'previews', items: [{ chat_room_id: chatId, message_id: testId(7), preview: secret }] });
    inboxSocket.deliver({ ...inbox, rev: ++rev, server_time: platform.now() });
    expect(held()).not.toContain(secret);
    expect(said()).toBe('Message disappeared');
    tell(summaryOf(900, { last_seq: 7, last_message: lastMessageOf(6, { preview: 'Before' }) }));
    expect(said()).toBe('Bo: Before');
  });

  it('[EXP-3] a copy whose clock began with the reading goes from the list with the line, whatever the list knows of its end', async () => {
    roomSocket.deliver({
      type: 'new_message',
      rev: 2,
      message: messageOf(8, { content: 'Read me', expire_mode: 'after_read', expires_in_seconds: 5 }),
    });
    tell(summaryOf(900, { last_seq: 8, last_message: lastMessageOf(8, { preview: 'Read me' }) }));
    roomSocket.deliver({ type: 'message_read', rev: 3, by: [{ user_id: adaId, up_to_seq: 8, at: platform.now() }] });
    await platform.pass(4_999);
    expect(held()).toContain('Read me');
    await platform.pass(1);
    expect(held()).not.toContain('Read me');
    tell(summaryOf(900, { last_seq: 8, last_message: lastMessageOf(8, { preview: 'Read me' }) }));
    expect(held()).not.toContain('Read me');
  });

  it('[SEND-6] an edited line says in the list what it says in the room, and never again what it said', () => {
    roomSocket.deliver({ type: 'message_edited', rev: 2, message_id: testId(7), content: 'Meet me\nat noon', edited_at: 5_000 });
    expect(said()).toBe('Bo: Meet me at noon');
    tell(listed());
    tell(listed({ preview: null, edited_at: 4_000 }));
    inboxSocket.deliver({ type: 'previews', items: [{ chat_room_id: chatId, message_id: testId(7), preview: secret }] });
    expect(said()).toBe('Bo: Meet me at noon');
    tell(listed({ preview: 'Meet me at ten', edited_at: 6_000 }));
    expect(said()).toBe('Bo: Meet me at ten');
  });

  it('[SEND-6] an edit that the room tells before the inbox tells of the line keeps the first words out', () => {
    roomSocket.deliver({ type: 'new_message', rev: 2, message: messageOf(8, { content: 'Frist' }) });
    roomSocket.deliver({ type: 'message_edited', rev: 3, message_id: testId(8), content: 'First', edited_at: 9_000 });
    tell(summaryOf(900, { last_seq: 8, last_message: lastMessageOf(8, { preview: 'Frist' }) }));
    expect(held()).not.toContain('Frist');
    tell(summaryOf(900, { last_seq: 8, last_message: lastMessageOf(8, { preview: 'First', edited_at: 9_000 }) }));
    expect(said()).toBe('Bo: First');
  });

  it('[INBOX-1] a chat that was cleared elsewhere says nothing, until something newer is said', () => {
    roomSocket.deliver({ type: 'chat_cleared', up_to_seq: 7 });
    expect(held()).not.toContain(secret);
    tell(listed());
    expect(said()).toBe('No messages');
    tell(summaryOf(900, { last_seq: 8, last_message: lastMessageOf(8, { preview: 'News' }) }));
    expect(said()).toBe('Bo: News');
  });

  it('[INBOX-2] a preview that its room did not give is asked for again, ever more seldom, and not once it is there', async () => {
    tell(listed({ preview: null, edited_at: 5_000 }));
    const asked = () => inboxSocket.sent.filter((frame) => frame.includes('want_previews')).length;
    const before = asked();
    const answer = (...items: object[]) => inboxSocket.deliver({ type: 'previews', items });
    for (const seconds of [5, 10]) {
      answer();
      await platform.pass(seconds * 1_000 - 1);
      expect(said()).toBe('Bo: New message');
      const count = asked();
      await platform.pass(1);
      expect(asked()).toBe(count + 1);
    }
    expect(asked()).toBe(before + 2);
    answer({ chat_room_id: chatId, message_id: testId(7), preview: 'Here I am' });
    await platform.pass(15_000);
    expect(asked()).toBe(before + 2);
    expect(said()).toBe('Bo: Here I am');
  });
});
