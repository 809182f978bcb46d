import { describe, expect, it } from 'vitest';
import { stillTyping, TypingReporter, typingWords, withoutTypist, withTypist } from '../../web/conversation/typing';

describe('[LIVE-1] typing', () => {
  it('[LIVE-1] is told at most every 3 s while it lasts, and its end once', () => {
    let now = 0;
    const told: [at: number, isTyping: boolean][] = [];
    const reporter = new TypingReporter(
      (isTyping) => told.push([now, isTyping]),
      () => now,
    );
    for (; now <= 7_000; now += 500) reporter.typed(false);
    reporter.typed(true);
    reporter.stopped();
    expect(told).toEqual([
      [0, true],
      [3_000, true],
      [6_000, true],
      [7_500, false],
    ]);
  });

  it('[LIVE-1] a message sent ends it without a word, and the next letter tells again', () => {
    const told: boolean[] = [];
    const reporter = new TypingReporter(
      (isTyping) => told.push(isTyping),
      () => 0,
    );
    reporter.typed(false);
    reporter.sent();
    reporter.stopped();
    reporter.typed(false);
    expect(told).toEqual([true, true]);
  });

  it('[LIVE-1] shows until it runs out', () => {
    const typists = withTypist(withTypist(new Map(), 'ada', 5_000), 'bo', 6_000);
    expect([...stillTyping(typists, 5_000).keys()]).toEqual(['bo']);
    expect([...withoutTypist(typists, 'bo').keys()]).toEqual(['ada']);
    expect(withoutTypist(typists, 'cy')).toBe(typists);
  });

  it.each([
    [[], null],
    [['Ada'], 'Ada is typing'],
    [['Ada', 'Bo'], 'Ada and Bo are typing'],
    [['Ada', 'Bo', 'Cy'], 'Several people are typing'],
  ])('%j reads as %j', (names, words) => {
    expect(typingWords(names)).toBe(words);
  });
});
