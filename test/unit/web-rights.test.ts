import { describe, expect, it } from 'vitest';
import { hereWords } from '../../web/conversation/here';
import { lineOfMessage } from '../../web/conversation/line';
import { inRank, memberRights } from '../../web/details/member-rights';
import { isUndoable, lineRights, newestEditable } from '../../web/line-menu/line-choices';
import { ownReaction, reactionWords } from '../../web/reactions/reactions';
import { quoteWords } from '../../web/reply/quote-words';
import { adaId, boId, memberOf, messageOf } from './web-models';
import { testId } from './web-platform';

const dayMs = 86_400_000;
const cyId = testId(903);

describe('[SEND-6] what may be done with a line', () => {
  const ada = { id: adaId, role: 'member', isGroup: true } as const;
  const rightsOf = (change: object, reader: Parameters<typeof lineRights>[1] = ada, now = 2_000) =>
    Object.entries(lineRights(lineOfMessage(messageOf(1, change)), reader, now))
      .filter(([, isAllowed]) => isAllowed)
      .map(([right]) => right);

  it.each([
    ['an own text', { sender_id: adaId }, ['reply', 'react', 'copy', 'edit', 'delete', 'seeReceipts']],
    ['somebody’s text', {}, ['reply', 'react', 'copy']],
    [
      'an own picture without a caption',
      { sender_id: adaId, message_type: 'image', content: null },
      ['reply', 'react', 'delete', 'seeReceipts'],
    ],
    ['an own view-once line', { sender_id: adaId, view_once: true, content: null }, ['delete', 'seeReceipts']],
    ['a sealed line', { view_once: true, view_state: 'sealed', content: null }, []],
    ['a system line', { message_type: 'system', content: null }, []],
    ['what was deleted', { sender_id: adaId, deleted_at: 5, deleted_reason: 'deleted' }, []],
    ['an own view-once line that is over', { sender_id: adaId, view_once: true, deleted_at: 5, deleted_reason: 'viewed' }, ['seeReceipts']],
  ])('[SEND-6] %s: %j', (_, change, rights) => {
    expect(rightsOf(change)).toEqual(rights);
  });

  it('[SEND-6] after 24 h nothing is edited any more', () => {
    expect(rightsOf({ sender_id: adaId }, ada, 1_000 + dayMs - 1)).toContain('edit');
    expect(rightsOf({ sender_id: adaId }, ada, 1_000 + dayMs)).not.toContain('edit');
  });

  it.each([
    ['own, unread and new', { sender_id: adaId }, 0, 10_999, true],
    ['ten seconds old', { sender_id: adaId }, 0, 11_000, false],
    ['read by somebody', { sender_id: adaId }, 1, 2_000, false],
    ['somebody’s', {}, 0, 2_000, false],
  ])('[SEND-6] what is %s is undone without a trace: %j', (_, change, read, now, isUndone) => {
    expect(isUndoable(lineOfMessage(messageOf(1, change)), adaId, { read }, now)).toBe(isUndone);
  });

  it('[SEND-6] the newest own text that may still be edited is at hand', () => {
    const lines = [
      messageOf(1, { sender_id: adaId }),
      messageOf(2, { sender_id: adaId }),
      messageOf(3, { sender_id: adaId, message_type: 'image', content: null }),
      messageOf(4, { sender_id: adaId, view_once: true, content: null }),
      messageOf(5),
    ].map(lineOfMessage);
    expect(newestEditable(lines, ada, 2_000)?.seq).toBe(2);
    expect(newestEditable(lines, ada, 10 * dayMs)).toBeNull();
    expect(newestEditable([], ada, 2_000)).toBeNull();
  });

  it('[SEND-6] owners and admins of a group delete anybody’s lines, in a direct chat nobody does', () => {
    expect(rightsOf({}, { ...ada, role: 'admin' })).toContain('delete');
    expect(rightsOf({}, { ...ada, role: 'owner' })).toContain('delete');
    expect(rightsOf({}, { ...ada, role: 'owner', isGroup: false })).not.toContain('delete');
  });
});

describe('[GROUP-1] what may be done with a member', () => {
  it.each([
    ['owner', 'member', { remove: true, roles: ['owner', 'admin'] }],
    ['owner', 'owner', { remove: true, roles: ['admin', 'member'] }],
    ['admin', 'member', { remove: true, roles: [] }],
    ['admin', 'admin', { remove: false, roles: [] }],
    ['admin', 'owner', { remove: false, roles: [] }],
    ['member', 'member', { remove: false, roles: [] }],
  ] as const)('[GROUP-1] by an %s with a(n) %s: %j', (reader, role, rights) => {
    expect(memberRights(memberOf(boId, { role }), adaId, reader)).toEqual(rights);
  });

  it('[GROUP-1] nothing with oneself', () => {
    expect(memberRights(memberOf(adaId, { role: 'owner' }), adaId, 'owner')).toEqual({ remove: false, roles: [] });
  });

  it('lists owners first, then admins, then by name', () => {
    const members = [memberOf(cyId), memberOf(boId), memberOf(adaId, { role: 'admin' }), memberOf(testId(904), { role: 'owner' })];
    expect(inRank(members).map(({ user }) => user.id)).toEqual([testId(904), adaId, boId, cyId]);
  });
});

describe('small words', () => {
  it.each([
    [['You'], 'You reacted with 👍'],
    [['You', 'Bo'], 'You and Bo reacted with 👍'],
    [['You', 'Bo', 'Cy'], 'You, Bo and Cy reacted with 👍'],
    [['You', 'Bo', 'Cy', 'Di'], 'You, Bo and 2 others reacted with 👍'],
  ])('[SEND-6] reactions of %j read “%s”', (names, words) => {
    expect(reactionWords('👍', names)).toBe(words);
  });

  it('[SEND-6] finds the one reaction of a user', () => {
    expect(ownReaction([{ emoji: '👍', user_ids: [boId, adaId] }], adaId)).toBe('👍');
    expect(ownReaction([{ emoji: '👍', user_ids: [boId] }], adaId)).toBeNull();
  });

  it.each([
    [new Set([adaId]), true, null],
    [new Set([adaId, boId]), false, 'Here now'],
    [new Set([boId, cyId]), true, '2 here'],
    [1, true, null],
    [250, true, '249 here'],
  ])('[LIVE-2] %j here, group: %s, reads %j', (here, isGroup, words) => {
    expect(hereWords(here, adaId, isGroup)).toBe(words);
  });

  it('[SEND-7] a quote says what a line is, never what is sealed', () => {
    expect(quoteWords(lineOfMessage(messageOf(1)))).toBe('Line 1');
    expect(quoteWords(lineOfMessage(messageOf(1, { message_type: 'image', content: null })))).toBe('Photo');
    expect(quoteWords(lineOfMessage(messageOf(1, { view_once: true, content: null })))).toBe('View once');
  });
});
