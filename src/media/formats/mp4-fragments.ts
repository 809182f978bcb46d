import type { Patches } from '../patches';
import { u32be } from './bytes';
import { type Box, blankBox, flagsOf, keepBoxes, oneOf, type Part, readBoxes, requireBytes, u64be, versionOf } from './mp4-boxes';
import type { FrameDefaults, Movie } from './mp4-movie';
import type { Stretch } from './mp4-samples';

const inFragment = new Set(['mfhd', 'traf']);
const inTrackFragment = new Set(['tfhd', 'tfdt', 'trun', 'sdtp', 'sbgp', 'sgpd']);
const headerFlag = { baseDataOffset: 0x1, description: 0x2, duration: 0x8, size: 0x10, flags: 0x20, baseIsMoof: 0x2_0000 } as const;
const runFlag = { dataOffset: 0x1, firstFlags: 0x4, duration: 0x100, size: 0x200, flags: 0x400, composition: 0x800 } as const;

/** What a `tfhd` says of its track's frames. */
interface Header extends FrameDefaults {
  readonly trackId: number;
  /** Where the offsets of its runs count from; null for where the frames before it end. */
  readonly dataStart: number | null;
}

/** The frames of a run. */
interface Run {
  readonly stretch: Stretch;
  readonly duration: number;
}

/**
 * Reads one fragment, as recorders that stream write them, into the tracks that it continues; other tracks' parts are blanked.
 *
 * @throws DamagedFile
 */
export function readFragment(part: Part, moof: Box, movie: Movie, patches: Patches): void {
  const start = part.base + moof.start;
  let dataEnd = start;
  for (const traf of keepBoxes(part, moof, inFragment, patches)) {
    if (traf.type !== 'traf') continue;
    const boxes = readBoxes(part.bytes, traf.body, traf.end);
    const header = readHeader(part.bytes, oneOf(boxes, 'tfhd'), movie, start);
    const dataStart = header.dataStart ?? dataEnd;
    const runs: Run[] = [];
    dataEnd = dataStart;
    for (const trun of boxes.filter((box) => box.type === 'trun')) {
      const run = readRun(part.bytes, trun, header, dataStart, dataEnd);
      runs.push(run);
      dataEnd = run.stretch.end;
    }
    const track = movie.tracks.get(header.trackId);
    if (track === undefined) {
      blankBox(patches, part.base, traf);
      continue;
    }
    keepBoxes(part, traf, inTrackFragment, patches);
    track.stretches.push(...runs.map((run) => run.stretch));
    const decodesAt = readDecodeTime(part.bytes, boxes) ?? track.fragments?.end ?? 0;
    const duration = runs.reduce((sum, run) => sum + run.duration, 0);
    const before = track.fragments ?? { start: decodesAt, end: decodesAt };
    track.fragments = { start: Math.min(before.start, decodesAt), end: Math.max(before.end, decodesAt + duration) };
  }
}

function readHeader(bytes: Uint8Array, tfhd: Box, movie: Movie, moofStart: number): Header {
  const flags = flagsOf(bytes, tfhd);
  requireBytes(tfhd, 8);
  const trackId = u32be(bytes, tfhd.body + 4);
  let at = 8;
  const take = (flag: number, width: 4 | 8): number | null => {
    if ((flags & flag) === 0) return null;
    requireBytes(tfhd, at + width);
    const value = width === 8 ? u64be(bytes, tfhd.body + at) : u32be(bytes, tfhd.body + at);
    at += width;
    return value;
  };
  const base = take(headerFlag.baseDataOffset, 8);
  take(headerFlag.description, 4);
  const defaults = movie.defaults.get(trackId);
  const duration = take(headerFlag.duration, 4) ?? defaults?.duration ?? 0;
  const size = take(headerFlag.size, 4) ?? defaults?.size ?? 0;
  return { trackId, duration, size, dataStart: base ?? ((flags & headerFlag.baseIsMoof) === 0 ? null : moofStart) };
}

function readRun(bytes: Uint8Array, trun: Box, header: Header, dataStart: number, runsOn: number): Run {
  const flags = flagsOf(bytes, trun);
  requireBytes(trun, 8);
  const has = (flag: number) => ((flags & flag) === 0 ? 0 : 4);
  const prefix = 8 + has(runFlag.dataOffset) + has(runFlag.firstFlags);
  const [durationBytes, sizeBytes] = [has(runFlag.duration), has(runFlag.size)];
  const frameBytes = durationBytes + sizeBytes + has(runFlag.flags) + has(runFlag.composition);
  const frames = u32be(bytes, trun.body + 4);
  requireBytes(trun, prefix + frames * frameBytes);
  const start = has(runFlag.dataOffset) === 0 ? runsOn : dataStart + (u32be(bytes, trun.body + 8) | 0);
  let duration = durationBytes === 0 ? frames * header.duration : 0;
  let size = sizeBytes === 0 ? frames * header.size : 0;
  if (durationBytes + sizeBytes > 0) {
    for (let frame = 0, at = trun.body + prefix; frame < frames; frame++, at += frameBytes) {
      if (durationBytes > 0) duration += u32be(bytes, at);
      if (sizeBytes > 0) size += u32be(bytes, at + durationBytes);
    }
  }
  return { stretch: { start, end: start + size }, duration };
}

function readDecodeTime(bytes: Uint8Array, boxes: readonly Box[]): number | null {
  const tfdt = boxes.find((box) => box.type === 'tfdt');
  if (tfdt === undefined) return null;
  const isLong = versionOf(bytes, tfdt) === 1;
  requireBytes(tfdt, isLong ? 12 : 8);
  return isLong ? u64be(bytes, tfdt.body + 4) : u32be(bytes, tfdt.body + 4);
}
