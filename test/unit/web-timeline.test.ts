import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Timeline } from '../../web/conversation/timeline';
import { adaId, chatId, messageOf } from './web-models';
import { testId } from './web-platform';

const pendingOf = (number: number) =>
  ({
    id: testId(number),
    senderId: adaId,
    type: 'text',
    text: `Own ${number}`,
    media: null,
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
    timeline.accept(acceptedOf(50, 3), chatId);
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
    timeline.accept(acceptedOf(50, 3), chatId);
    timeline.accept(acceptedOf(50, 3), chatId);
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
    timeline.end(testId(1), 'expired', 9_000);
    timeline.apply(messageOf(1));
    expect(seen()).toEqual([]);
    expect(timeline.oldest()).toEqual(expect.objectContaining({ seq: 1 }));
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
});
