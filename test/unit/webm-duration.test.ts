import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withWebmDuration } from '../../web/recording/webm-duration';

describe('the length in the header of a WebM recording', () => {
  const clip = (name: string) => new Blob([readFileSync(join(import.meta.dirname, '../fixtures/clips', name))], { type: 'video/webm' });
  /** Duration's id and size, as they stand in a file. */
  const marker = Buffer.from([0x44, 0x89, 0x88]);

  it.each(['recorded.webm', 'voice.webm'])('is put into %s as browsers record it, and nothing else is changed', async (name) => {
    const recorded = Buffer.from(await clip(name).arrayBuffer());
    const whole = Buffer.from(await (await withWebmDuration(clip(name), 2_345)).arrayBuffer());
    const at = whole.indexOf(marker);
    expect(at).toBeGreaterThan(0);
    expect(whole.readDoubleBE(at + marker.length)).toBe(2_345);
    const rest = whole.subarray(at + marker.length + 8);
    expect(recorded.subarray(-rest.length).equals(rest)).toBe(true);
    expect(recorded.includes(marker)).toBe(false);
    // Once is enough.
    const again = await withWebmDuration(new Blob([whole]), 9_999);
    expect(Buffer.from(await again.arrayBuffer()).equals(whole)).toBe(true);
  });

  it.each([
    ['a film that knows its length', 'film.webm'],
    ['what is no WebM', 'recorded.mp4'],
  ])('%s stays as it is', async (_, name) => {
    expect(await withWebmDuration(clip(name), 2_345).then((blob) => blob.arrayBuffer())).toEqual(await clip(name).arrayBuffer());
  });

  it('whatever is cut off or empty stays as it is', async () => {
    const recorded = new Uint8Array(await clip('recorded.webm').arrayBuffer());
    for (const length of [0, 1, 4, 5, 30, 45, 60, 75]) {
      const cut = new Blob([recorded.slice(0, length)]);
      expect((await withWebmDuration(cut, 2_345)).size, `${length} bytes`).toBe(length);
    }
  });
});
