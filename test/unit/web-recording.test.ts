import { beforeEach, describe, expect, it } from 'vitest';
import { maxVideoMs } from '../../src/protocol/limits';
import { mediaKindOf } from '../../src/protocol/media-types';
import { clipTime, sizeWords } from '../../web/media/media-words';
import { mimeTypeOf } from '../../web/media/prepared-medium';
import { isAtLimit, videoLimits, voiceLimits } from '../../web/recording/recording-limits';
import { recordingType } from '../../web/recording/recording-types';
import { TapOrHold } from '../../web/recording/tap-or-hold';
import { FakePlatform } from './web-platform';

describe('[MEDIA-1] a recording', () => {
  it('stops at its longest, and before it is larger than what is taken', () => {
    expect(isAtLimit(videoLimits, maxVideoMs - 1, 0)).toBe(false);
    expect(isAtLimit(videoLimits, maxVideoMs, 0)).toBe(true);
    expect(isAtLimit(videoLimits, 1_000, videoLimits.maxBytes - 1)).toBe(false);
    expect(isAtLimit(videoLimits, 1_000, videoLimits.maxBytes)).toBe(true);
  });

  it.each([
    ['video', videoLimits],
    ['voice', voiceLimits],
  ])('a %s of the greatest length keeps to the greatest size at its bit rate', (_, { maxMs, maxBytes, bitsPerSecond }) => {
    // Encoders exceed what they are asked for by a tenth or two.
    expect(((maxMs / 1000) * bitsPerSecond * 1.25) / 8).toBeLessThan(maxBytes);
  });

  it('is of the type that most can play of those the browser writes', () => {
    expect(recordingType('video', () => true)).toBe('video/mp4;codecs=avc1.42E01F,mp4a.40.2');
    expect(recordingType('video', (type) => type.startsWith('video/webm'))).toBe('video/webm;codecs=vp8,opus');
    expect(recordingType('audio', (type) => type.includes('ogg'))).toBe('audio/ogg;codecs=opus');
    expect(recordingType('audio', () => false)).toBeNull();
  });
});

describe('a button that is tapped or held', () => {
  let platform: FakePlatform;
  let heard: string[];
  let press: TapOrHold;
  beforeEach(() => {
    platform = new FakePlatform();
    heard = [];
    press = new TapOrHold(platform, {
      tapped: () => heard.push('tapped'),
      held: () => heard.push('held'),
      released: () => heard.push('released'),
    });
  });

  it('let go of early it was tapped, late it was held', async () => {
    press.down();
    await platform.pass(299);
    press.up();
    await platform.pass(1_000);
    expect(heard).toEqual(['tapped']);
    press.down();
    await platform.pass(300);
    expect(heard).toEqual(['tapped', 'held']);
    press.up();
    expect(heard).toEqual(['tapped', 'held', 'released']);
  });

  it('a key that repeats is one press, and letting go twice is letting go once', async () => {
    press.down();
    await platform.pass(200);
    press.down();
    await platform.pass(200);
    press.up();
    press.up();
    expect(heard).toEqual(['held', 'released']);
  });

  it('a press that is taken away taps nothing and holds nothing', async () => {
    press.down();
    press.cancel();
    await platform.pass(1_000);
    expect(heard).toEqual([]);
    press.down();
    await platform.pass(300);
    press.cancel();
    expect(heard).toEqual(['held', 'released']);
  });
});

describe('what is told of a medium', () => {
  it.each([
    [0, '0:00'],
    [7_400, '0:07'],
    [59_600, '1:00'],
    [754_000, '12:34'],
    [3_723_000, '1:02:03'],
  ])('%i ms are %s', (ms, words) => expect(clipTime(ms)).toBe(words));

  it.each([
    [1, '1 byte'],
    [999, '999 bytes'],
    [1_000, '1 KB'],
    [4_240, '4.2 KB'],
    [999_499, '999 KB'],
    [999_500, '1 MB'],
    [18_400_000, '18 MB'],
  ])('%i bytes are %s', (bytes, words) => expect(sizeWords(bytes)).toBe(words));

  it.each([
    ['image', 'image/jpeg', 'image/jpeg'],
    ['video', 'video/webm;codecs=vp8,opus', 'video/webm'],
    ['audio', 'audio/x-m4a', 'audio/mp4'],
    ['file', 'text/csv', 'text/csv'],
    ['file', '', 'application/octet-stream'],
    ['file', 'no type', 'application/octet-stream'],
    ['file', 'video/mp4', 'application/octet-stream'],
    ['file', 'image/png', 'application/octet-stream'],
  ] as const)('[MEDIA-1] a %s of “%s” is announced as %s', (kind, type, announced) => {
    const mimeType = mimeTypeOf({ kind, blob: new Blob(['1'], { type }) });
    expect(mimeType).toBe(announced);
    expect(mediaKindOf(mimeType)).toBe(kind);
  });
});
