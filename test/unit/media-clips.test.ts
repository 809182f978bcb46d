import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceOf, WindowedSource } from '../../src/media/byte-source';
import { bytesOfU32be, concat, textAt, toBytes, u32be } from '../../src/media/formats/bytes';
import type { ClipFile } from '../../src/media/formats/clip';
import { inspectClip } from '../../src/media/inspect-clip';
import { clipTypes } from '../../src/protocol/media-types';
import { unwrap } from '../../src/result';
import { type ClipName, clipNames, clips, patchedFile, readClip, telltale } from '../support/clips';
import { find, patched } from '../support/images';

async function inspected(name: ClipName): Promise<ClipFile & { stored: Uint8Array }> {
  const file = unwrap(await inspectClip(sourceOf(readClip(name)), clips[name]));
  return { ...file, stored: await patchedFile(readClip(name), file.patches) };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Where the boxes of an MP4 file's outermost level lie, by type. */
function boxesOf(bytes: Uint8Array): { type: string; start: number; end: number }[] {
  const boxes = [];
  for (let at = 0; at < bytes.length; at += u32be(bytes, at)) {
    boxes.push({ type: textAt(bytes, at + 4, 4), start: at, end: at + u32be(bytes, at) });
  }
  return boxes;
}

/** A box with its size. */
function box(type: string, ...parts: Uint8Array[]): Uint8Array {
  const body = concat(parts);
  return concat([bytesOfU32be(body.length + 8), toBytes(type), body]);
}

/** An element of WebM with its size. */
function element(id: string, ...parts: Uint8Array[]): Uint8Array {
  const body = concat(parts);
  return concat([Buffer.from(id, 'hex'), Uint8Array.of(0x10), bytesOfU32be(body.length).subarray(1), body]);
}

describe('taking clips apart', () => {
  it.each([
    ['film.mp4', { hasVideo: true, width: 64, height: 48 }, 1_000],
    ['turned.mp4', { hasVideo: true, width: 48, height: 64 }, 1_000],
    ['fragmented.mp4', { hasVideo: true, width: 64, height: 48 }, 1_000],
    ['recorded.mp4', { hasVideo: true, width: 320, height: 240 }, 2_000],
    ['film.webm', { hasVideo: true, width: 64, height: 48 }, 1_000],
    ['streamed.webm', { hasVideo: true, width: 64, height: 48 }, 1_000],
    ['recorded.webm', { hasVideo: true, width: 320, height: 240 }, 2_000],
    ['sound.m4a', { hasVideo: false, width: null, height: null }, 1_000],
    ['sound.webm', { hasVideo: false, width: null, height: null }, 1_000],
    ['voice.webm', { hasVideo: false, width: null, height: null }, 2_000],
    ['sound.ogg', { hasVideo: false, width: null, height: null }, 1_000],
    ['vorbis.ogg', { hasVideo: false, width: null, height: null }, 1_000],
  ] as const)('[MEDIA-1] %s: size as seen and duration come from the frames', async (name, facts, durationMs) => {
    const file = await inspected(name);
    expect(file).toMatchObject(facts);
    expect(Math.abs((file.durationMs ?? 0) - durationMs)).toBeLessThanOrEqual(200);
  });

  it.each(clipNames)(
    '[MEDIA-1] %s tells nothing but picture and sound any more, keeps its length, and is still the same clip',
    async (name) => {
      const { stored, patches: _, ...facts } = await inspected(name);
      expect(stored).toHaveLength(readClip(name).length);
      expect(textOf(stored)).not.toMatch(telltale);
      const again = unwrap(await inspectClip(sourceOf(stored), clips[name]));
      expect(again).toMatchObject(facts);
      // Nothing is left to be taken away.
      expect(Buffer.compare(await patchedFile(stored, again.patches), stored)).toBe(0);
    },
  );

  it.each(['film.mp4', 'turned.mp4', 'film.webm', 'streamed.webm', 'sound.m4a', 'sound.ogg', 'vorbis.ogg'] as const)(
    '%s has something to take away in the first place',
    (name) => expect(textOf(readClip(name))).toMatch(telltale),
  );

  it.each(['turned.mp4', 'fragmented.mp4', 'recorded.mp4', 'sound.m4a'] as const)(
    '[MEDIA-1] every frame of %s stays as it was',
    async (name) => {
      const [bytes, { stored }] = [readClip(name), await inspected(name)];
      const data = boxesOf(bytes).filter(({ type }) => type === 'mdat');
      expect(data.length).toBeGreaterThan(0);
      for (const { start, end } of data) expect(stored.subarray(start, end)).toEqual(bytes.subarray(start, end));
    },
  );

  it.each(['streamed.webm', 'recorded.webm', 'voice.webm'] as const)('[MEDIA-1] every block of %s stays as it was', async (name) => {
    const [bytes, { stored }] = [readClip(name), await inspected(name)];
    const clusters = find(bytes, '\x1f\x43\xb6\x75');
    // What follows them are tags.
    const end = textOf(bytes).includes('\x12\x54\xc3\x67') ? textOf(bytes).lastIndexOf('\x12\x54\xc3\x67') : bytes.length;
    expect(stored.subarray(clusters, Math.max(clusters, end))).toEqual(bytes.subarray(clusters, Math.max(clusters, end)));
  });

  it('[MEDIA-1] a track of words goes with what it says, and no other frame', async () => {
    const [bytes, { stored }] = [readClip('film.mp4'), await inspected('film.mp4')];
    const [data] = boxesOf(bytes).filter(({ type }) => type === 'mdat');
    const changed = Array.from(bytes.keys()).filter((at) => at >= (data?.start ?? 0) && at < (data?.end ?? 0) && bytes[at] !== stored[at]);
    const words = [find(bytes, 'secret subtitle'), find(bytes.slice(data?.start), 'secret chapter') + (data?.start ?? 0)];
    expect(changed.length).toBeGreaterThanOrEqual('secretsubtitlesecretchapter'.length);
    // Beside the words lies how long they are and how they look.
    for (const at of changed) expect(Math.min(...words.map((word) => Math.abs(at - word)))).toBeLessThan(32);
  });

  it('[MEDIA-1] what lies between frames goes, whatever it is', async () => {
    const bytes = readClip('recorded.mp4');
    const hidden = box('mdat', toBytes('<gpx>secret way</gpx>'));
    const unknown = box('gps ', toBytes('secret place'));
    const file = concat([bytes, hidden, unknown, box('uuid', new Uint8Array(16), toBytes('secret XMP')), box('free', toBytes('secret'))]);
    const { patches } = unwrap(await inspectClip(sourceOf(file), 'video/mp4'));
    expect(textOf(await patchedFile(file, patches))).not.toMatch(/secret/);
  });

  it('[MEDIA-1] patches come out the same, however the stream is cut', async () => {
    const bytes = readClip('film.mp4');
    const { patches } = unwrap(await inspectClip(sourceOf(bytes), 'video/mp4'));
    const whole = await patchedFile(bytes, patches, bytes.length);
    for (const chunk of [1, 7, 4_096]) expect(Buffer.compare(await patchedFile(bytes, patches, chunk), whole)).toBe(0);
  });

  it('[MEDIA-1] a large file is read through one window', async () => {
    const bytes = readClip('film.webm');
    const asked: [number, number][] = [];
    const source = new WindowedSource(bytes.length, async (first, last) => {
      asked.push([first, last]);
      return bytes.subarray(first, last + 1);
    });
    expect(await inspectClip(source, 'video/webm')).toMatchObject({ ok: true, value: { width: 64 } });
    expect(asked).toEqual([[0, bytes.length - 1]]);
    expect(await source.read(bytes.length, 10)).toHaveLength(0);
    expect(await source.read(bytes.length - 5, 10)).toHaveLength(5);
  });
});

describe('clips that are refused', () => {
  const refused = (bytes: Uint8Array, type: (typeof clipTypes)[number]) =>
    expect(inspectClip(sourceOf(bytes), type)).resolves.toMatchObject({ ok: false, code: 'media_damaged' });

  it.each(clipNames)('[MEDIA-1] %s under any other type', async (name) => {
    for (const type of clipTypes.filter((other) => other !== clips[name])) await refused(readClip(name), type);
  });

  it('[MEDIA-1] what is no clip at all', async () => {
    for (const text of ['', '<script>secret</script>', 'ftyp', '\x1a\x45\xdf\xa3', 'OggS'])
      for (const type of clipTypes) await refused(toBytes(text), type);
  });

  // A stream that knows no sizes may end after any block.
  it.each(clipNames.filter((name) => !['streamed.webm', 'recorded.webm', 'voice.webm'].includes(name)))(
    '[MEDIA-1] %s cut off anywhere',
    async (name) => {
      const bytes = readClip(name);
      const lastBox =
        name.endsWith('.mp4') || name.endsWith('.m4a')
          ? (boxesOf(bytes).findLast(({ type }) => type === 'moov' || type === 'mdat')?.end ?? 0)
          : bytes.length;
      for (let part = 0; part < 40; part++) await refused(bytes.subarray(0, Math.floor((lastBox - 1) * (part / 40))), clips[name]);
      await refused(bytes.subarray(0, lastBox - 1), clips[name]);
    },
  );

  it('[MEDIA-1] a film whose frames lie outside, or in another file', async () => {
    const bytes = readClip('turned.mp4');
    const chunks = find(bytes, 'stco') + 12;
    await refused(patched(bytes, chunks, 0xff, 0xff, 0xff, 0xf0), 'video/mp4');
    await refused(patched(bytes, chunks, 0, 0, 0, 8), 'video/mp4');
    await refused(patched(bytes, find(bytes, 'url ') + 4, 0, 0, 0, 0), 'video/mp4');
  });

  it('[MEDIA-1] a film of more than a minute, and sound of more than two hours, by their frames', async () => {
    const bytes = readClip('turned.mp4');
    const delta = find(bytes, 'stts') + 16;
    const seconds = u32be(bytes, delta) * 70;
    await refused(patched(bytes, delta, ...bytesOfU32be(seconds)), 'video/mp4');
    const webm = (lastSeconds: number) => {
      const number = (value: number) => bytesOfU32be(value);
      const track = element('ae', element('d7', Uint8Array.of(1)), element('83', Uint8Array.of(2)));
      const block = element('a3', Uint8Array.of(0x81, 0, 0, 0, 0x55));
      const clusters = [0, lastSeconds * 1_000].map((at) => element('1f43b675', element('e7', number(at)), block));
      return concat([element('1a45dfa3', element('4282', toBytes('webm'))), element('18538067', element('1654ae6b', track), ...clusters)]);
    };
    expect(await inspectClip(sourceOf(webm(7_200)), 'audio/webm')).toMatchObject({ ok: true, value: { durationMs: 7_200_000 } });
    await refused(webm(7_201), 'audio/webm');
  });

  it('[MEDIA-1] sound whose pages do not add up, or with a second stream', async () => {
    const bytes = readClip('vorbis.ogg');
    await refused(patched(bytes, bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1), 'audio/ogg');
    await refused(concat([bytes, bytes]), 'audio/ogg');
  });

  it('[MEDIA-1] a film with something behind it', async () => {
    for (const name of ['film.mp4', 'film.webm', 'vorbis.ogg'] as const) {
      await refused(concat([readClip(name), toBytes('<script>secret</script>')]), clips[name]);
    }
  });

  it('[MEDIA-1] whatever bytes are changed, a clip is refused or comes out clean, of the same length, for good', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...clipNames),
        fc.array(fc.tuple(fc.nat(3_000), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (name, changes, fromEnd) => {
          const bytes = readClip(name);
          for (const [at, value] of changes) bytes[fromEnd ? Math.max(0, bytes.length - 1 - at) : Math.min(at, bytes.length - 1)] = value;
          const result = await inspectClip(sourceOf(bytes), clips[name]);
          if (!result.ok) {
            expect(result.code).toBe('media_damaged');
            return;
          }
          const stored = await patchedFile(bytes, result.value.patches);
          expect(stored).toHaveLength(bytes.length);
          const again = unwrap(await inspectClip(sourceOf(stored), clips[name]));
          expect(Buffer.compare(await patchedFile(stored, again.patches), stored)).toBe(0);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('[MEDIA-1] tables that claim billions of entries, and elements by the million, cost nothing', async () => {
    const bytes = readClip('turned.mp4');
    for (const table of ['stts', 'stsc', 'stsz', 'stco', 'stsd']) {
      const count = find(bytes, table) + (table === 'stsz' ? 12 : 8);
      // Whoever walked over them would not be back before the test's own time is over.
      await refused(patched(bytes, count, 0xff, 0xff, 0xff, 0xff), 'video/mp4');
    }
    const webm = readClip('streamed.webm');
    const empty = new Uint8Array(2 * 300_000).map((_, at) => (at % 2 === 0 ? 0xec : 0x80));
    await refused(concat([webm, empty]), 'video/webm');
    const fragment = box('free');
    await refused(concat([bytes, ...Array.from({ length: 30_000 }, () => fragment)]), 'video/mp4');
  });
});
