import { describe, expect, it } from 'vitest';
import type { SystemFacts } from '../../src/protocol/models';
import { systemWords } from '../../web/chats/chat-words';

const names: Record<string, string> = { ada: 'You', bo: 'Bo', cy: 'Cy', di: 'Di', eve: 'Eve' };
const wordsOf = (kind: SystemFacts['kind'], user_ids: string[], value: string | null) =>
  systemWords({ kind, actor_id: 'ada', user_ids, value }, (id) => names[id] ?? 'Somebody');

describe('[SEND-9] what became of a chat, in words', () => {
  it.each([
    ['created', ['bo'], null, 'You started this chat'],
    ['created', ['bo', 'cy'], 'Hike', 'You created the group “Hike”'],
    ['member_added', ['bo', 'cy'], null, 'You added Bo and Cy'],
    ['member_added', ['bo', 'cy', 'di', 'eve'], null, 'You added Bo, Cy and 2 others'],
    ['member_removed', ['bo'], null, 'You removed Bo'],
    ['member_left', ['ada'], null, 'You left'],
    ['role_changed', ['bo'], 'admin', 'You made Bo an admin'],
    ['role_changed', ['bo'], 'member', 'You made Bo a member'],
    ['renamed', [], 'Climb', 'You named the group “Climb”'],
    ['policy_changed', [], 'after_read:86400', 'You set messages to disappear 1 day after reading'],
    ['policy_changed', [], 'after_send:60', 'You set messages to disappear 1 minute after sending'],
    ['policy_changed', [], 'after_send:off', 'You turned disappearing messages off'],
    ['policy_changed', [], 'of another version', 'You changed when messages disappear'],
  ] as const)('[SEND-9] %s of %j to %s: “%s”', (kind, userIds, value, words) => {
    expect(wordsOf(kind, [...userIds], value)).toBe(words);
  });
});
