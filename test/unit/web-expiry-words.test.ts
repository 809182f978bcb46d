import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxExpirySeconds } from '../../src/protocol/limits';
import {
  durationShort,
  durationWords,
  isWaitingForReader,
  policySentence,
  remainingWords,
  untilWordsChange,
} from '../../web/expiry/expiry-words';

const policy = { version: 1, changed_by: null, changed_at: 0 } as const;

describe('[EXP-6] expiry in words', () => {
  it.each([
    [86_400, 'after_read', 'Messages in this chat disappear 1 day after they are read.'],
    [604_800, 'after_send', 'Messages in this chat disappear 1 week after they are sent.'],
    [5_400, 'after_send', 'Messages in this chat disappear 90 minutes after they are sent.'],
    [null, 'after_send', 'Messages in this chat stay until somebody deletes them.'],
  ] as const)('[EXP-6] a policy of %s s %s reads as a sentence', (expires_in_seconds, expire_mode, sentence) => {
    expect(policySentence({ ...policy, expires_in_seconds, expire_mode })).toBe(sentence);
  });

  it.each([
    [1, '1 second', '1 s'],
    [10, '10 seconds', '10 s'],
    [60, '1 minute', '1 min'],
    [61, '61 seconds', '61 s'],
    [3_600, '1 hour', '1 h'],
    [172_800, '2 days', '2 d'],
    [2_419_200, '4 weeks', '4 w'],
  ])('%i s is “%s”, short “%s”', (seconds, words, short) => {
    expect(durationWords(seconds)).toBe(words);
    expect(durationShort(seconds)).toBe(short);
  });

  it.each([
    [1, '1 s'],
    [10_000, '10 s'],
    [9_001, '10 s'],
    [59_001, '1 min'],
    [60_001, '2 min'],
    [3_600_000, '1 h'],
    [86_400_000, '24 h'],
    [172_800_001, '3 d'],
    [604_800_000, '7 d'],
  ])('%i ms left reads “%s”', (ms, words) => {
    expect(remainingWords(ms)).toBe(words);
  });

  it.each([
    [null, true],
    [2_592_000_000, true],
    [10_001, true],
    [10_000, false],
    [1, false],
  ])('[EXP-1] with %s ms left and 10 s from reading, it waits for its reader: %s', (left, isWaiting) => {
    const now = 1_800_000_000_000;
    expect(isWaitingForReader(left === null ? null : now + left, 10, now)).toBe(isWaiting);
  });

  it('counting by waking only when the words change shows every change and ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: maxExpirySeconds * 1000 }), (start) => {
        let left = start;
        for (let wakes = 0; left > 0 && wakes < 250; wakes++) {
          const step = untilWordsChange(left);
          // One millisecond before the wake-up the words were still those shown.
          if (step > 50) expect(remainingWords(left - step + 1)).toBe(remainingWords(left));
          left -= step;
        }
        expect(left).toBeLessThanOrEqual(0);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
