import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Timeline } from '../../web/conversation/timeline';
import { adaId, messageOf } from './web-models';
import { testId } from './web-platform';

const pendingOf = (number: number) =>
  ({
    id: testId(number),
    senderId: adaId,
    type: 'text',
    text: `Own ${number}`,
    media: null,
    replyTo: null,
    isOnce: false,
    allowsReplay: false,
    createdAt: 5_000,
    state: { kind: 'waiting' },
  }) as const;
const acceptedOf = (number: number, seq: number) =>
  ({
    type: 'message_accepted',
    id: testId(number),
    seq,
    created_at: 6_000,
    expires_at: 16_000,
    expires_in_seconds: 10,
    expire_mode: 'after_send',
  }) as const;

describe('a timeline', () => {
  let timeline: Timeline;
  beforeEach(() => {
    timeline = new Timeline();
  });
  const seen = () => timeline.lines().map(({ text, seq, state }) => [text, seq, state.kind]);

  it('[SYNC-3] shows each message once and by seq, in whatever order and however often its state comes', () => {
    const messages = Array.from({ length: 8 }, (_, index) => messageOf(index + 1));
    const story = fc.shuffledSubarray([...messages, ...messages, ...messages], { minLength: 24 });
    fc.assert(
      fc.property(story, (told) => {
        const fresh = new Timeline();
        for (const message of told) fresh.apply(message);
        expect(fresh.lines().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      }),
      { seed: 7, numRuns: 50 },
    );
  });

  it('[SEND-2] an own line stands at the end, then where the server put it, never twice', () => {
    timeline.apply(messageOf(2));
    timeline.addPending(pendingOf(50));
    expect(seen()).toEqual([
      ['Line 2', 2, 'accepted'],
      ['Own 50', null, 'waiting'],
    ]);
    timeline.accept(acceptedOf(50, 3));
    timeline.apply(messageOf(4));
    const own = messageOf(3, { id: testId(50), sender_id: adaId, content: 'Own 50', expires_at: 16_000 });
    timeline.apply(own);
    timeline.apply(own);
    expect(seen()).toEqual([
      ['Line 2', 2, 'accepted'],
      ['Own 50', 3, 'accepted'],
      ['Line 4', 4, 'accepted'],
    ]);
  });

  it('[SEND-2] an acknowledgement that comes after the message, or twice, changes nothing', () => {
    timeline.addPending(pendingOf(50));
    timeline.apply(messageOf(3, { id: testId(50), content: 'Own 50' }));
    const before = timeline.lines();
    timeline.accept(acceptedOf(50, 3));
    timeline.accept(acceptedOf(50, 3));
    expect(timeline.lines()).toEqual(before);
  });

  it('[EXP-3] from the millisecond it ends, nothing of a message is held', () => {
    timeline.apply(messageOf(1, { expires_at: 10_000 }));
    timeline.apply(messageOf(2));
    timeline.endDue(9_999);
    expect(seen()).toHaveLength(2);
    timeline.endDue(10_000);
    expect(seen()).toEqual([['Line 2', 2, 'accepted']]);
    expect(timeline.nextEnding()).toBeNull();
  });

  it('[EXP-4] an older answer does not bring back what ended', () => {
    timeline.apply(messageOf(1));
    timeline.end(testId(1), { reason: 'expired', at: 9_000 });
    timeline.apply(messageOf(1));
    expect(seen()).toEqual([]);
    expect(timeline.hasEnded(testId(1))).toBe(true);
  });

  it('knows the next ending among the living', () => {
    timeline.apply(messageOf(1, { expires_at: 30_000 }));
    timeline.apply(messageOf(2, { expires_at: 20_000 }));
    timeline.apply(messageOf(3, { expires_at: 10_000, deleted_at: 9_000, content: null }));
    expect(timeline.nextEnding()).toBe(20_000);
  });

  it('[SYNC-2] a reset throws away what the room said and keeps what is still on its way', () => {
    timeline.apply(messageOf(1));
    timeline.addPending(pendingOf(50));
    timeline.reset();
    expect(seen()).toEqual([['Own 50', null, 'waiting']]);
  });

  it('[SEND-6] an edit changes the text and nothing else; one that comes late, or twice, changes nothing', () => {
    timeline.apply(messageOf(1, { expires_at: 30_000 }));
    timeline.edit(testId(1), 'Second', 200);
    timeline.edit(testId(1), 'First', 100);
    timeline.edit(testId(1), 'Second', 200);
    expect(timeline.lines()).toEqual([expect.objectContaining({ text: 'Second', isEdited: true, expiresAt: 30_000 })]);
  });

  it('[SEND-6] who deleted a line is told, unless it was undone; nothing brings it back', () => {
    timeline.apply(messageOf(1, { reactions: [{ emoji: '👍', user_ids: [adaId] }] }));
    timeline.apply(messageOf(2));
    timeline.end(testId(1), { reason: 'deleted', at: 9_000, by: adaId });
    timeline.end(testId(2), { reason: 'deleted', at: 9_000, by: adaId, isUndone: true });
    timeline.edit(testId(1), 'Back', 9_001);
    timeline.setReactions(testId(1), [{ emoji: '👍', user_ids: [adaId] }]);
    timeline.apply(messageOf(2));
    expect(timeline.lines()).toEqual([
      expect.objectContaining({ seq: 1, text: null, reactions: [], end: { reason: 'deleted', by: adaId } }),
    ]);
  });

  it('[EXP-1] a reading ends what it is about T later, and never later than an earlier reading', () => {
    const read = { expire_mode: 'after_read', expires_in_seconds: 10 } as const;
    timeline.apply(messageOf(1, { ...read, expires_at: 99_000 }));
    timeline.apply(messageOf(2, read));
    timeline.apply(messageOf(3, read));
    timeline.apply(messageOf(4, { expires_in_seconds: 10, expires_at: 99_000 }));
    timeline.startClocks(1, 20_000, () => true);
    timeline.startClocks(4, 25_000, ({ seq }) => seq !== 3);
    const ends = () => timeline.lines().map(({ expiresAt }) => expiresAt);
    expect(ends()).toEqual([30_000, 35_000, null, 99_000]);
    timeline.apply(messageOf(1, { ...read, expires_at: 99_000 }));
    expect(ends()).toEqual([30_000, 35_000, null, 99_000]);
    expect(timeline.nextEnding()).toBe(30_000);
  });

  it('[ONCE-2] a view changes for its reader; a lease lasts no longer than the opening', () => {
    timeline.apply(messageOf(1, { view_once: true, view_state: 'sealed', content: null }));
    const once = () => timeline.lines()[0]?.once;
    timeline.setView({ message_id: testId(1), view_state: 'open', lease_expires_at: 60_000 });
    expect(once()).toMatchObject({ state: 'open', leaseExpiresAt: 60_000, replayUntil: null });
    timeline.setView({ message_id: testId(1), view_state: 'sealed', lease_expires_at: null, replay_until: 90_000 });
    expect(once()).toMatchObject({ state: 'sealed', leaseExpiresAt: null, replayUntil: 90_000 });
    timeline.setView({ message_id: testId(1), view_state: 'viewed', lease_expires_at: null });
    expect(once()).toMatchObject({ state: 'viewed', leaseExpiresAt: null, replayUntil: null });
  });

  it('[ONCE-5] how a view-once line ended stays to be seen, with the view of its reader', () => {
    timeline.apply(messageOf(1, { view_once: true, view_state: 'viewed', content: null }));
    timeline.apply(messageOf(2, { view_once: true, view_state: 'sealed', content: null }));
    timeline.end(testId(1), { reason: 'viewed', at: 9_000 });
    timeline.apply(messageOf(1, { view_once: true, content: null, deleted_at: 9_000, deleted_reason: 'viewed' }));
    timeline.end(testId(2), { reason: 'unopened', at: 9_000 });
    timeline.markErased(testId(1), 9_500);
    expect(timeline.lines().map(({ once, end, erasedAt }) => [once?.state, end?.reason, erasedAt])).toEqual([
      ['viewed', 'viewed', 9_500],
      ['sealed', 'unopened', null],
    ]);
  });

  it('an older page does not overwrite what the socket told meanwhile', () => {
    timeline.apply(messageOf(1));
    timeline.edit(testId(1), 'Newer', 200);
    timeline.addOlder({ messages: [messageOf(2), messageOf(1)], hasOlder: false, hasNewer: true });
    expect(timeline.lines().map(({ text }) => text)).toEqual(['Newer', 'Line 2']);
  });
});
