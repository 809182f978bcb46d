import { describe, expect, it } from 'vitest';
import { maxClientFrameBytes, maxEventsPerFrame } from '../../src/protocol/limits';
import { serverRoomEvent } from '../../src/protocol/room-frames';
import { packFrames, readFrame } from '../../web/wire/frames';
import { messageOf } from './web-models';

describe('[SOCK-4] frames', () => {
  const news = { type: 'new_message', rev: 3, message: messageOf(1) };

  it('[SOCK-4] one event and an array of events are read alike, unknown keys left out', () => {
    expect(readFrame(serverRoomEvent, JSON.stringify({ ...news, colour: 'red' }))).toEqual([news]);
    expect(readFrame(serverRoomEvent, JSON.stringify([news, news]))).toHaveLength(2);
  });

  it('[SOCK-4] what this client does not know is passed over, its neighbours are not', () => {
    const frame = [{ type: 'from_the_future', rev: 9 }, news, { type: 'new_message', rev: 'four' }, null, 7];
    expect(readFrame(serverRoomEvent, JSON.stringify(frame))).toEqual([news]);
  });

  it.each(['', '{', 'pong', '[[]]', 'null'])('[SOCK-4] %j is no event', (text) => {
    expect(readFrame(serverRoomEvent, text)).toEqual([]);
  });

  it('[SOCK-4] events are packed in order, within the limits of a client frame', () => {
    const events = Array.from({ length: maxEventsPerFrame * 2 + 1 }, (_, number) => ({ number }));
    const frames = packFrames(events);
    expect(frames.flatMap((frame) => JSON.parse(frame))).toEqual(events);
    expect(frames).toHaveLength(3);

    const long = Array.from({ length: 9 }, (_, number) => ({ number, text: '🦊'.repeat(4_000) }));
    const longFrames = packFrames(long);
    expect(longFrames.flatMap((frame) => JSON.parse(frame))).toEqual(long);
    for (const frame of longFrames) expect(new TextEncoder().encode(frame).length).toBeLessThanOrEqual(maxClientFrameBytes);
  });

  it('nothing packs into no frame', () => {
    expect(packFrames([])).toEqual([]);
  });
});
