import { beforeEach, describe, expect, it } from 'vitest';
import type { ServerInboxEvent } from '../../src/protocol/inbox-frames';
import type { ChatSummary } from '../../src/protocol/models';
import { applyInboxEvent, type ChatList, inOrder, missingPreviews, nextEnding, withoutEnded } from '../../web/chats/chat-list';
import { previewWords } from '../../web/chats/chat-words';
import { Chats } from '../../web/chats/chats';
import { createWire } from '../../web/wire';
import { Rest } from '../../web/wire/rest';
import { TokenKeeper } from '../../web/wire/token-keeper';
import { adaId, boId, lastMessageOf, summaryOf } from './web-models';
import { FakePlatform, settle, testId } from './web-platform';

const listOf = (...chats: ChatSummary[]): ChatList => new Map(chats.map((chat) => [chat.id, chat]));
const inbox = (reset: boolean, ...chats: ChatSummary[]): Extract<ServerInboxEvent, { type: 'inbox' }> => ({
  type: 'inbox',
  epoch: 'e',
  rev: 1,
  server_time: 1,
  chats,
  removed: [],
  next_cursor: null,
  unread_total: 0,
  unread_chats: 0,
  reset,
});
const updated = (chat: ChatSummary) => ({ type: 'chat_updated', rev: 2, chat, unread_total: 0, unread_chats: 0 }) as const;

describe('the chat list', () => {
  it('[INBOX-1] a resume adds to the list, a reset replaces it', () => {
    const list = listOf(summaryOf(1), summaryOf(2));
    expect([...applyInboxEvent(list, inbox(false, summaryOf(3))).keys()]).toEqual([1, 2, 3].map(testId));
    expect([...applyInboxEvent(list, inbox(true, summaryOf(3))).keys()]).toEqual([testId(3)]);
  });

  it('[INBOX-1] a resume takes away what went meanwhile', () => {
    const list = listOf(summaryOf(1), summaryOf(2), summaryOf(3));
    const resumed = applyInboxEvent(list, { ...inbox(false, summaryOf(4)), removed: [testId(1), testId(9), testId(3)] });
    expect([...resumed.keys()]).toEqual([2, 4].map(testId));
  });

  it('[INBOX-1] a chat that was left is gone', () => {
    const list = applyInboxEvent(listOf(summaryOf(1), summaryOf(2)), {
      type: 'chat_removed',
      rev: 2,
      chat_room_id: testId(1),
      unread_total: 0,
      unread_chats: 0,
    });
    expect([...list.keys()]).toEqual([testId(2)]);
  });

  it('pinned chats come first, then the newest activity', () => {
    const chats = [summaryOf(1, { updated_at: 5 }), summaryOf(2, { updated_at: 9 }), summaryOf(3, { updated_at: 1, pinned: true })];
    expect(inOrder(listOf(...chats)).map(({ id }) => id)).toEqual([3, 2, 1].map(testId));
  });

  it('[INBOX-2] asks for the text of live last lines that it has not got, and of no others', () => {
    const list = listOf(
      summaryOf(1, { last_message: lastMessageOf(11) }),
      summaryOf(2, { last_message: lastMessageOf(12, { preview: 'known' }) }),
      summaryOf(3, { last_message: lastMessageOf(13, { expires_at: 500 }) }),
      summaryOf(4, { last_message: lastMessageOf(14, { message_type: 'image' }) }),
      summaryOf(5, { last_message: lastMessageOf(15, { message_type: 'system' }) }),
      summaryOf(6, { last_message: lastMessageOf(16, { view_once: true }) }),
      summaryOf(7),
    );
    expect(missingPreviews(list, 500)).toEqual([testId(1)]);
  });

  it('[INBOX-2] takes a preview for the message it belongs to only', () => {
    const list = listOf(summaryOf(1, { last_message: lastMessageOf(11) }));
    const answer = (messageId: string) => ({
      type: 'previews' as const,
      items: [{ chat_room_id: testId(1), message_id: messageId, preview: 'Hi' }],
    });
    expect(applyInboxEvent(list, answer(testId(10))).get(testId(1))?.last_message?.preview).toBeNull();
    expect(applyInboxEvent(list, answer(testId(11))).get(testId(1))?.last_message?.preview).toBe('Hi');
  });

  it('[INBOX-2] keeps a preview when the chat changes and its last line does not', () => {
    const list = listOf(summaryOf(1, { last_message: lastMessageOf(11, { preview: 'Hi' }) }));
    const same = applyInboxEvent(list, updated(summaryOf(1, { last_message: lastMessageOf(11), pinned: true })));
    expect(same.get(testId(1))?.last_message?.preview).toBe('Hi');
    const other = applyInboxEvent(list, updated(summaryOf(1, { last_message: lastMessageOf(12) })));
    expect(other.get(testId(1))?.last_message?.preview).toBeNull();
  });

  it('[SEND-6] whoever comes back asks anew for what was edited: of two edits of one millisecond they may have seen the first', () => {
    const list = listOf(
      summaryOf(1, { last_message: lastMessageOf(11, { preview: 'Once', edited_at: 5 }) }),
      summaryOf(2, { last_message: lastMessageOf(12, { preview: 'Hi' }) }),
    );
    const back = [
      summaryOf(1, { last_message: lastMessageOf(11, { edited_at: 5 }) }),
      summaryOf(2, { last_message: lastMessageOf(12, { edited_at: null }) }),
    ];
    const resumed = applyInboxEvent(list, inbox(false, ...back));
    expect([...resumed.values()].map((chat) => chat.last_message?.preview)).toEqual([null, 'Hi']);
    expect(missingPreviews(resumed, 500)).toEqual([testId(1)]);
  });

  it('[EXP-3] a preview is gone from the list the millisecond its message ends', () => {
    const chat = summaryOf(1, { last_message: lastMessageOf(11, { preview: 'Secret', expires_at: 500 }) });
    const list = listOf(chat);
    expect(nextEnding(list, 499)).toBe(500);
    expect(withoutEnded(list, 499)).toBe(list);
    const after = withoutEnded(list, 500);
    expect(JSON.stringify([...after])).not.toContain('Secret');
    expect(nextEnding(after, 500)).toBeNull();
    expect(previewWords(chat, adaId, 500, () => false).text).toBe('Message disappeared');
  });

  it('[INBOX-2] of what is seen once the list says what it is, and no more', () => {
    const said = (message_type: 'text' | 'image' | 'audio') => {
      const last_message = lastMessageOf(11, { message_type, view_once: true });
      return previewWords(summaryOf(1, { last_message, is_group: false }), adaId, 1, () => false).text;
    };
    expect([said('text'), said('image'), said('audio')]).toEqual(['Message', 'Photo', 'Voice message']);
  });

  it('[BLOCK-1] in a group the words of somebody blocked are folded here, too', () => {
    const chat = summaryOf(1, { last_message: lastMessageOf(11, { preview: 'Boo' }) });
    expect(previewWords(chat, adaId, 1, (userId) => userId === boId).text).toBe('Message from someone you blocked');
    expect(previewWords(chat, adaId, 1, (userId) => userId === adaId)).toMatchObject({ author: 'Bo', text: 'Boo' });
    expect(previewWords({ ...chat, is_group: false }, adaId, 1, () => true)).toMatchObject({ author: '', text: 'Boo' });
  });
});

describe('older chats, a page at a time', () => {
  const first = { ...inbox(true, summaryOf(1), summaryOf(2)), next_cursor: 'second' };
  let platform: FakePlatform;
  let chats: Chats;
  let answer: (body: object) => Promise<void>;

  beforeEach(async () => {
    platform = new FakePlatform();
    const tokens = new TokenKeeper(platform, { lost() {}, userChanged() {} });
    tokens.adopt('a.token', 900);
    chats = new Chats(createWire(platform, tokens, new Rest(platform, tokens)), { meChanged() {}, event() {} });
    await settle();
    platform.last.deliver(first);
    platform.answer = () =>
      new Promise((resolve) => {
        answer = async (body) => {
          resolve(Response.json(body));
          await settle();
        };
      });
    void chats.loadMore();
    await settle();
  });

  const listed = () => chats.ordered.value.map(({ name }) => name);

  it('[INBOX-1] a chat that is left while its page is on the way does not come back with it', async () => {
    platform.last.deliver({ type: 'chat_removed', rev: 2, chat_room_id: testId(3), unread_total: 0, unread_chats: 0 });
    await answer({ chats: [summaryOf(4), summaryOf(3)], next_cursor: null });
    expect(listed()).toEqual(['Group 4', 'Group 2', 'Group 1']);
    expect(chats.hasMore).toBe(false);
  });

  it('[INBOX-1] a page of a list that has begun anew meanwhile is thrown away: the next is asked for from there', async () => {
    platform.last.deliver({ ...first, rev: 200, next_cursor: 'anew' });
    await answer({ chats: [summaryOf(3)], next_cursor: null });
    expect(listed()).toEqual(['Group 2', 'Group 1']);
    expect(chats.hasMore).toBe(true);
    void chats.loadMore();
    await settle();
    await answer({ chats: [summaryOf(3)], next_cursor: null });
    expect(listed()).toEqual(['Group 3', 'Group 2', 'Group 1']);
  });

  it('[INBOX-1] a page that fails is asked for again', async () => {
    await answer({ nonsense: true });
    expect(chats.hasMore).toBe(true);
    void chats.loadMore();
    await settle();
    await answer({ chats: [summaryOf(3)], next_cursor: null });
    expect(listed()).toEqual(['Group 3', 'Group 2', 'Group 1']);
  });
});
