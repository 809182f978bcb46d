import { describe, expect, it } from 'vitest';
import { TypingReporter, typingWords } from '../../web/conversation/typing';
import { Typists } from '../../web/conversation/typists';
import { ServerClock } from '../../web/wire/server-clock';
import { FakePlatform } from './web-platform';

/** What it told, and how many milliseconds after its making. */
function makeReporter() {
  const platform = new FakePlatform();
  const start = platform.now();
  const told: [atMs: number, isTyping: boolean][] = [];
  const reporter = new TypingReporter((isTyping) => told.push([platform.now() - start, isTyping]), platform);
  return { platform, reporter, told };
}

describe('[LIVE-1] typing', () => {
  it('[LIVE-1] is told at most every 3 s while it lasts, and its end once', async () => {
    const { platform, reporter, told } = makeReporter();
    for (let i = 0; i <= 14; i++) {
      reporter.typed(false);
      await platform.pass(500);
    }
    reporter.typed(true);
    reporter.stopped();
    await platform.pass(10_000);
    expect(told).toEqual([
      [0, true],
      [3_000, true],
      [6_000, true],
      [7_500, false],
    ]);
  });

  it('[LIVE-1] a message sent ends it without a word, and what is typed next is told as soon as the room listens again', async () => {
    const { platform, reporter, told } = makeReporter();
    reporter.typed(false);
    await platform.pass(500);
    reporter.sent();
    reporter.stopped();
    reporter.typed(false);
    await platform.pass(500);
    reporter.typed(false);
    await platform.pass(10_000);
    expect(told).toEqual([
      [0, true],
      [2_200, true],
    ]);
  });

  it('[LIVE-1] what was sent or taken back before the room listened again is not told', async () => {
    const { platform, reporter, told } = makeReporter();
    reporter.typed(false);
    reporter.sent();
    reporter.typed(false);
    reporter.typed(true);
    reporter.typed(false);
    reporter.sent();
    await platform.pass(10_000);
    expect(told).toEqual([[0, true]]);
  });

  it('[LIVE-1] of others shows until it stops or runs out, and is told of nobody twice', async () => {
    const platform = new FakePlatform();
    const typists = new Typists(platform, new ServerClock(platform.now), 'ada');
    const type = (user_id: string, ms: number) => typists.onTyping({ type: 'user_typing', user_id, expires_at: platform.now() + ms });
    const typing = () => [...typists.until.value.keys()];
    type('ada', 5_000);
    type('bo', 5_000);
    type('cy', 6_000);
    type('di', 6_000);
    type('cy', 7_000);
    expect(typing()).toEqual(['bo', 'cy', 'di']);
    await platform.pass(5_000);
    expect(typing()).toEqual(['cy', 'di']);
    const before = typists.until.value;
    typists.stopped('bo');
    expect(typists.until.value).toBe(before);
    typists.stopped('di');
    await platform.pass(1_999);
    expect(typing()).toEqual(['cy']);
    await platform.pass(1);
    expect(typing()).toEqual([]);
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
