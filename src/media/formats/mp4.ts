import { type ByteSource, maxReadBytes } from '../byte-source';
import { Patches } from '../patches';
import { byteAt, textAt, toBytes, u16be } from './bytes';
import { type ClipFile, DamagedFile } from './clip';
import { type Box, boxHeaderBytes, readBox } from './mp4-boxes';
import { readFragment } from './mp4-fragments';
import { type Movie, readMovie, type Track } from './mp4-movie';
import type { Stretch } from './mp4-samples';

/** Recorders write a fragment of two boxes a second or so. */
const maxBoxes = 20_000;
/** Brands of the ISO format that browsers play; QuickTime's own is not among them, nor are those of pictures. */
const brands = /^(iso\d|isom|mp4\d|avc1|hvc1|av01|M4[AV] |dash|cmf.|MSNV|3gp\d)$/;

/** Before a segment index's entries: what they are of, where they begin, how many they are; by its version. */
const indexHeaderBytes = { small: 24, large: 32 } as const;

/**
 * Takes an MP4 file apart, whole or in fragments. What stays is what plays picture and sound: every frame that a kept track tells
 * of, and the numbers that lead to it. Places, times of day, titles, thumbnails, other tracks with their frames, and whatever lies
 * between go: they become zeros, so that no offset changes.
 *
 * @throws DamagedFile when it is cut off, damaged, or no such file
 */
export async function readMp4(source: ByteSource): Promise<ClipFile> {
  const patches = new Patches();
  const frameData: Stretch[] = [];
  let movie: Movie | null = null;
  let boxes = 0;
  for (let at = 0; at < source.size; ) {
    const box = readBox(await source.read(at, boxHeaderBytes), at, source.size, true);
    boxes += 1;
    if (boxes > maxBoxes || (at === 0) !== (box.type === 'ftyp')) throw new DamagedFile();
    if (box.type === 'ftyp') requireKnownBrand(await readWhole(source, box));
    else if (box.type === 'mdat') frameData.push({ start: box.body, end: box.end });
    else if (box.type === 'moov') {
      if (movie !== null) throw new DamagedFile();
      movie = readMovie({ bytes: await readWhole(source, box), base: at }, inItself(box), patches);
    } else if (box.type === 'moof') {
      if (movie === null) throw new DamagedFile();
      readFragment({ bytes: await readWhole(source, box), base: at }, inItself(box), movie, patches);
    } else if (box.type !== 'sidx' || !isIndex(await source.read(at, boxHeaderBytes + indexHeaderBytes.large), box)) {
      patches.write(at + 4, toBytes('free'));
      patches.zero(box.body, box.end);
    }
    if (patches.areTooMany) throw new DamagedFile();
    at = box.end;
  }
  if (movie === null) throw new DamagedFile();
  const tracks = [...movie.tracks.values()];
  blankBetween(frameData, mergeStretches(tracks), patches);
  if (patches.areTooMany) throw new DamagedFile();
  return { ...describe(tracks), patches };
}

function describe(tracks: readonly Track[]): Omit<ClipFile, 'patches'> {
  const picture = tracks.find((track) => track.isVideo);
  if (tracks.length === 0 || (picture !== undefined && (picture.width === 0 || picture.height === 0))) throw new DamagedFile();
  const durationMs = Math.max(...tracks.map(playTimeMs));
  return {
    hasVideo: picture !== undefined,
    width: picture?.width ?? null,
    height: picture?.height ?? null,
    durationMs: durationMs === 0 ? null : durationMs,
  };
}

function playTimeMs({ duration, fragments, timescale }: Track): number {
  const units = fragments === null ? duration : Math.max(duration, fragments.end - fragments.start);
  return Math.round((units / timescale) * 1_000);
}

async function readWhole(source: ByteSource, { start, end }: Box): Promise<Uint8Array> {
  if (end - start > maxReadBytes) throw new DamagedFile();
  return source.read(start, end - start);
}

/** Whether a segment index is as long as its numbers are; players find their way without, too. */
function isIndex(bytes: Uint8Array, { start, body, end }: Box): boolean {
  const header = byteAt(bytes, body - start) === 0 ? indexHeaderBytes.small : indexHeaderBytes.large;
  return body + header <= end && body + header + 12 * u16be(bytes, body - start + header - 2) === end;
}

/** The box as it lies in the bytes that are it alone. */
function inItself({ type, start, body, end }: Box): Box {
  return { type, start: 0, body: body - start, end: end - start };
}

function requireKnownBrand(ftyp: Uint8Array): void {
  const known = textAt(ftyp, 8, 4) === 'qt  ' ? [] : [8];
  for (let at = 16; known.length > 0 && at + 4 <= ftyp.length; at += 4) known.push(at);
  if (!known.some((at) => brands.test(textAt(ftyp, at, 4)))) throw new DamagedFile();
}

/** The tracks' frames in order of place, neighbours as one. */
function mergeStretches(tracks: readonly Track[]): Stretch[] {
  const sorted = tracks
    .flatMap((track) => track.stretches)
    .filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start);
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

/** @throws DamagedFile when frames lie outside the boxes for them */
function blankBetween(boxes: readonly Stretch[], frames: readonly Stretch[], patches: Patches): void {
  let next = 0;
  for (const box of boxes) {
    let at = box.start;
    for (let frame = frames[next]; frame !== undefined && frame.start < box.end; frame = frames[next]) {
      if (frame.start < at || frame.end > box.end) throw new DamagedFile();
      patches.zero(at, frame.start);
      at = frame.end;
      next += 1;
    }
    patches.zero(at, box.end);
  }
  if (next < frames.length) throw new DamagedFile();
}
