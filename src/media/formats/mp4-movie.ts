import type { Patches } from '../patches';
import { textAt, u16be, u32be } from './bytes';
import { DamagedFile } from './clip';
import {
  type Box,
  blankBox,
  countAt,
  flagsOf,
  keepBoxes,
  oneOf,
  type Part,
  readBox,
  readBoxes,
  requireBytes,
  versionOf,
} from './mp4-boxes';
import { readSamples, type Stretch } from './mp4-samples';

/** A track of picture or sound. */
export interface Track {
  readonly isVideo: boolean;
  /** Its units of time a second. */
  readonly timescale: number;
  /** Pixels as seen, upright. */
  readonly width: number;
  readonly height: number;
  /** Where its frames lie. */
  readonly stretches: Stretch[];
  /** How long the frames play that the movie box tells of, in its units. */
  readonly duration: number;
  /** When the frames of fragments begin and end, in its units; null when there are none. */
  fragments: { start: number; end: number } | null;
}

/** What a fragment's frames have unless it says otherwise. */
export interface FrameDefaults {
  readonly duration: number;
  readonly size: number;
}

/** The index of an MP4 file. */
export interface Movie {
  /** Of picture and sound, by id. */
  readonly tracks: ReadonlyMap<number, Track>;
  readonly defaults: ReadonlyMap<number, FrameDefaults>;
}

const inMovie = new Set(['mvhd', 'trak', 'mvex']);
const inTrack = new Set(['tkhd', 'edts', 'mdia']);
const inEdits = new Set(['elst']);
const inMedia = new Set(['mdhd', 'hdlr', 'minf']);
const inMediaInfo = new Set(['vmhd', 'smhd', 'dinf', 'stbl']);
const inDataInfo = new Set(['dref']);
const inSampleTable = new Set(['stsd', 'stts', 'ctts', 'cslg', 'stsc', 'stsz', 'stco', 'co64', 'stss', 'stsh', 'sdtp', 'sbgp', 'sgpd']);
const inFragmentInfo = new Set(['mehd', 'trex']);
/** Decoder set-up and how the picture is to be shown. */
const inSampleEntry = new Set('avcC hvcC av1C vpcC esds dOps dfLa dac3 dec3 btrt pasp colr clap fiel chrm mdcv clli SmDm CoLL'.split(' '));

/**
 * Reads the movie box, and takes from it everything but what playing needs: user data (places, titles, what recorded it), metadata,
 * times of day, names, colour profiles, and every track that is neither picture nor sound.
 *
 * @throws DamagedFile
 */
export function readMovie(part: Part, moov: Box, patches: Patches): Movie {
  const tracks = new Map<number, Track>();
  const defaults = new Map<number, FrameDefaults>();
  for (const box of keepBoxes(part, moov, inMovie, patches)) {
    if (box.type === 'mvhd') clearTimes(part, box, patches);
    else if (box.type === 'trak') readTrack(part, box, patches, tracks);
    else {
      for (const info of keepBoxes(part, box, inFragmentInfo, patches)) {
        if (info.type !== 'trex') continue;
        requireBytes(info, 24);
        const at = info.body;
        defaults.set(u32be(part.bytes, at + 4), { duration: u32be(part.bytes, at + 12), size: u32be(part.bytes, at + 16) });
      }
    }
  }
  return { tracks, defaults };
}

function readTrack(part: Part, trak: Box, patches: Patches, tracks: Map<number, Track>): void {
  const { bytes, base } = part;
  const children = readBoxes(bytes, trak.body, trak.end);
  const mdia = oneOf(children, 'mdia');
  const hdlr = oneOf(readBoxes(bytes, mdia.body, mdia.end), 'hdlr');
  requireBytes(hdlr, 24);
  const handler = textAt(bytes, hdlr.body + 8, 4);
  // Its frames go too: what no kept track tells of is blanked.
  if (handler !== 'vide' && handler !== 'soun') return blankBox(patches, base, trak);
  const isVideo = handler === 'vide';
  const kept = keepBoxes(part, trak, inTrack, patches);
  for (const edits of kept.filter((box) => box.type === 'edts')) keepBoxes(part, edits, inEdits, patches);
  const shown = readHeader(part, oneOf(kept, 'tkhd'), patches);
  const media = keepBoxes(part, mdia, inMedia, patches);
  patches.zero(base + hdlr.body + 24, base + hdlr.end);
  const timescale = readTimescale(part, oneOf(media, 'mdhd'), patches);
  const info = keepBoxes(part, oneOf(media, 'minf'), inMediaInfo, patches);
  requireOwnData(part, keepBoxes(part, oneOf(info, 'dinf'), inDataInfo, patches), patches);
  const tables = keepBoxes(part, oneOf(info, 'stbl'), inSampleTable, patches);
  const coded = readSampleEntries(part, oneOf(tables, 'stsd'), isVideo, patches);
  if (tracks.has(shown.id)) throw new DamagedFile();
  const { stretches, duration } = readSamples(bytes, tables);
  tracks.set(shown.id, { isVideo, timescale, ...sizeOf(shown, coded), stretches, duration, fragments: null });
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function sizeOf(shown: Size & { isTurned: boolean }, coded: Size): Size {
  const { width, height } = shown.width > 0 && shown.height > 0 ? shown : coded;
  return shown.isTurned ? { width: height, height: width } : { width, height };
}

function clearTimes({ bytes, base }: Part, box: Box, patches: Patches): boolean {
  const isLong = versionOf(bytes, box) === 1;
  requireBytes(box, isLong ? 32 : 20);
  patches.zero(base + box.body + 4, base + box.body + (isLong ? 20 : 12));
  return isLong;
}

function readHeader(part: Part, tkhd: Box, patches: Patches): Size & { id: number; isTurned: boolean } {
  const { bytes } = part;
  const isLong = clearTimes(part, tkhd, patches);
  requireBytes(tkhd, isLong ? 96 : 84);
  const id = u32be(bytes, tkhd.body + (isLong ? 20 : 12));
  const matrix = tkhd.body + (isLong ? 52 : 40);
  const cell = (index: number) => u32be(bytes, matrix + index * 4);
  const isTurned = cell(0) === 0 && cell(4) === 0 && cell(1) !== 0 && cell(3) !== 0;
  return { id, isTurned, width: u16be(bytes, matrix + 36), height: u16be(bytes, matrix + 40) };
}

function readTimescale(part: Part, mdhd: Box, patches: Patches): number {
  const isLong = clearTimes(part, mdhd, patches);
  const timescale = u32be(part.bytes, mdhd.body + (isLong ? 20 : 12));
  if (timescale === 0) throw new DamagedFile();
  return timescale;
}

/** Frames that lie in another file would be fetched from wherever it says. */
function requireOwnData({ bytes, base }: Part, boxes: readonly Box[], patches: Patches): void {
  const dref = oneOf(boxes, 'dref');
  requireBytes(dref, 8);
  for (const entry of readBoxes(bytes, dref.body + 8, dref.end)) {
    if ((flagsOf(bytes, entry) & 1) === 0) throw new DamagedFile();
    patches.zero(base + entry.body + 4, base + entry.end);
  }
}

/** What decodes the frames. @returns the size of the pictures; 0 × 0 of sound */
function readSampleEntries(part: Part, stsd: Box, isVideo: boolean, patches: Patches): Size {
  const { bytes, base } = part;
  countAt(bytes, stsd, 4, 8);
  let size: Size = { width: 0, height: 0 };
  for (const entry of readBoxes(bytes, stsd.body + 8, stsd.end)) {
    const children = entry.body + (isVideo ? 78 : soundEntryBytes(bytes, entry));
    if (children > entry.end) throw new DamagedFile();
    if (isVideo) {
      size = { width: u16be(bytes, entry.body + 24), height: u16be(bytes, entry.body + 26) };
      // The compressor's name: often the camera's.
      patches.zero(base + entry.body + 42, base + entry.body + 74);
    }
    for (const box of keepBoxes(part, { body: children, end: entry.end }, inSampleEntry, patches)) {
      // A screen's or camera's colour profile names that one device.
      if (box.type === 'colr' && textAt(bytes, box.body, 4) !== 'nclx') blankBox(patches, base, box);
    }
  }
  return size;
}

/** QuickTime's first version has four more numbers. */
function soundEntryBytes(bytes: Uint8Array, entry: Box): number {
  requireBytes(entry, 28);
  const version = u16be(bytes, entry.body + 8);
  if (version > 1) throw new DamagedFile();
  return version === 1 && isQuickTimeSound(bytes, entry) ? 44 : 28;
}

/** The ISO format has a version 1 too, without those numbers: then boxes follow at once. */
function isQuickTimeSound(bytes: Uint8Array, entry: Box): boolean {
  const at = entry.body + 28;
  try {
    const box = readBox(bytes.subarray(at, Math.min(at + 16, entry.end)), at, entry.end, false);
    return !inSampleEntry.has(box.type);
  } catch (error) {
    if (error instanceof DamagedFile) return true;
    throw error;
  }
}
