import { u32be } from './bytes';
import { DamagedFile } from './clip';
import { type Box, countAt, oneOf, requireBytes, u64be } from './mp4-boxes';

/** A stretch of the file, `end` not included. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Where a track's frames lie and how long they play, in the track's own units, by the tables of its `stbl`. @throws DamagedFile */
export function readSamples(bytes: Uint8Array, tables: readonly Box[]): { stretches: Stretch[]; duration: number } {
  return { stretches: readChunks(bytes, tables), duration: readDuration(bytes, oneOf(tables, 'stts')) };
}

function readDuration(bytes: Uint8Array, stts: Box): number {
  const runs = countAt(bytes, stts, 4, 8);
  let duration = 0;
  for (let run = 0, at = stts.body + 8; run < runs; run++, at += 8) duration += u32be(bytes, at) * u32be(bytes, at + 4);
  return duration;
}

/** Frames lie in chunks: one table says where each begins, another how many frames it has, a third how large each frame is. */
function readChunks(bytes: Uint8Array, tables: readonly Box[]): Stretch[] {
  const chunkStarts = readChunkStarts(bytes, tables);
  const framesOf = readFramesPerChunk(bytes, oneOf(tables, 'stsc'));
  const sizeOf = readSizes(bytes, oneOf(tables, 'stsz'));
  let frame = 0;
  return chunkStarts.map((start, index) => {
    const frames = framesOf(index + 1);
    const size = sizeOf(frame, frames);
    frame += frames;
    return { start, end: start + size };
  });
}

function readChunkStarts(bytes: Uint8Array, tables: readonly Box[]): number[] {
  const isLong = tables.some((box) => box.type === 'co64');
  const table = oneOf(tables, isLong ? 'co64' : 'stco');
  const width = isLong ? 8 : 4;
  const count = countAt(bytes, table, 4, width);
  return Array.from({ length: count }, (_, index) => {
    const at = table.body + 8 + index * width;
    return isLong ? u64be(bytes, at) : u32be(bytes, at);
  });
}

/** To be asked about chunks in order, the first being 1. */
function readFramesPerChunk(bytes: Uint8Array, stsc: Box): (chunk: number) => number {
  const entries = countAt(bytes, stsc, 4, 12);
  const entryAt = (index: number) => stsc.body + 8 + index * 12;
  let entry = 0;
  return (chunk) => {
    if (entries === 0) throw new DamagedFile();
    while (entry + 1 < entries && u32be(bytes, entryAt(entry + 1)) <= chunk) entry += 1;
    return u32be(bytes, entryAt(entry) + 4);
  };
}

/** The bytes of so many frames from one on. */
function readSizes(bytes: Uint8Array, stsz: Box): (first: number, frames: number) => number {
  requireBytes(stsz, 12);
  const fixed = u32be(bytes, stsz.body + 4);
  const count = fixed === 0 ? countAt(bytes, stsz, 8, 4) : u32be(bytes, stsz.body + 8);
  return (first, frames) => {
    if (first + frames > count) throw new DamagedFile();
    if (fixed !== 0) return frames * fixed;
    let size = 0;
    for (let frame = first; frame < first + frames; frame++) size += u32be(bytes, stsz.body + 12 + frame * 4);
    return size;
  };
}
