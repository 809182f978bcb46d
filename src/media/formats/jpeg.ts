import { byteAt, concat, textAt, toBytes, u16be } from './bytes';
import { type Orientation, readOrientation, writeOrientation } from './exif';
import type { ImageFile } from './image';

const marker = { soi: 0xd8, eoi: 0xd9, sos: 0xda, app0: 0xe0, app1: 0xe1, app14: 0xee, app15: 0xef, com: 0xfe } as const;
/** Frames that browsers show: baseline, extended, progressive; Huffman-coded. */
const frameMarkers = new Set([0xc0, 0xc1, 0xc2]);
/** Huffman tables, quantisation tables, restart interval. */
const tableMarkers = new Set([0xc4, 0xdb, 0xdd]);
/** Encoders write about ten. Each is a pass over the whole picture, so a small file with thousands keeps a decoder busy for minutes. */
const maxScans = 32;
/** Of segments that stay. Files have dozens; a hostile one has millions of four bytes each, and every one costs memory here. */
const maxParts = 1_024;
/** As the decoder writes it, so that what it made is bare as it is: version 1.2, one by one without a unit, no thumbnail. */
const jfif = toBytes('JFIF\0\x01\x02\0\0\x01\0\x01\0\0');
/** Identifier, version, flags; then the colour transform, without which some files show in wrong colours. */
const adobe = toBytes('Adobe\0\x64\0\0\0\0');

interface Frame {
  readonly width: number;
  readonly height: number;
}

/**
 * Takes a JPEG file apart. Of the application segments only JFIF and Adobe's stay, once, and say nothing but the colour transform:
 * EXIF with its thumbnail, XMP, IPTC, comments and what follows the image go. The ICC profile goes too: a screen's names that
 * one screen by its serial number, and our client has turned the colours into sRGB before it sends.
 *
 * @returns `null` when it is cut off, damaged, or of a kind that browsers do not show.
 */
export function readJpeg(bytes: Uint8Array): ImageFile | null {
  const kept: Uint8Array[] = [];
  /** Segments that a file has once, before all others. */
  const fixed = new Map<number, Uint8Array>();
  let frame: Frame | null = null;
  let orientation: Orientation | null = null;
  let scans = 0;
  let at = 2;
  while (at < bytes.length) {
    if (byteAt(bytes, at) !== 0xff) return null;
    const kind = byteAt(bytes, at + 1);
    if (kind === 0xff) {
      at += 1; // A fill byte before the marker.
      continue;
    }
    if (kind === marker.eoi) return frame !== null && scans > 0 ? jpegFile([...fixed.values(), ...kept], frame, orientation ?? 1) : null;
    const length = u16be(bytes, at + 2);
    let end = at + 2 + length;
    if (length < 2 || end > bytes.length) return null;
    const payload = bytes.subarray(at + 4, end);
    if (frameMarkers.has(kind)) {
      if (frame !== null) return null;
      frame = readFrame(payload);
      if (frame === null) return null;
      kept.push(bytes.subarray(at, end));
    } else if (kind === marker.sos) {
      scans += 1;
      if (frame === null || scans > maxScans) return null;
      end = endOfScan(bytes, end);
      kept.push(bytes.subarray(at, end));
    } else if (tableMarkers.has(kind)) {
      kept.push(bytes.subarray(at, end));
    } else if (kind === marker.app1) {
      if (orientation === null && textAt(payload, 0, 6) === 'Exif\0\0') orientation = readOrientation(payload.subarray(6));
    } else if (kind === marker.app0) {
      if (textAt(payload, 0, 5) === 'JFIF\0') fixed.set(kind, segment(kind, jfif));
    } else if (kind === marker.app14) {
      const transform = payload.subarray(adobe.length, adobe.length + 1);
      if (textAt(payload, 0, 5) === 'Adobe' && transform.length > 0) fixed.set(kind, segment(kind, concat([adobe, transform])));
    } else if (kind !== marker.com && (kind < marker.app0 || kind > marker.app15)) {
      return null;
    }
    if (kept.length > maxParts) return null;
    at = end;
  }
  return null;
}

function jpegFile(kept: readonly Uint8Array[], frame: Frame, orientation: Orientation): ImageFile {
  return {
    facts: { type: 'image/jpeg', ...frame, orientation, hasAlpha: false, isAnimated: false, bitDepth: 8 },
    rebuild(wanted) {
      const exif = wanted === 1 ? [] : [segment(marker.app1, concat([toBytes('Exif\0\0'), writeOrientation(wanted)]))];
      return concat([Uint8Array.of(0xff, marker.soi), ...exif, ...kept, Uint8Array.of(0xff, marker.eoi)]);
    },
  };
}

function readFrame(payload: Uint8Array): Frame | null {
  const precision = byteAt(payload, 0);
  const components = byteAt(payload, 5);
  const frame = { height: u16be(payload, 1), width: u16be(payload, 3) };
  const isShown = precision === 8 && (components === 1 || components === 3 || components === 4);
  const isWhole = payload.length === 6 + 3 * components;
  // A height of 0 says that it follows the first scan; nobody writes that, and decoders trip over it.
  return isShown && isWhole && frame.width > 0 && frame.height > 0 ? frame : null;
}

/** Where the next marker begins after entropy-coded data; 0xFF 00 is a stuffed byte, 0xFF D0–D7 a restart. */
function endOfScan(bytes: Uint8Array, start: number): number {
  let at = bytes.indexOf(0xff, start);
  while (at !== -1) {
    const next = byteAt(bytes, at + 1);
    const isData = next === 0x00 || (next >= 0xd0 && next <= 0xd7);
    if (!isData) return at;
    at = bytes.indexOf(0xff, at + 2);
  }
  return bytes.length;
}

function segment(kind: number, payload: Uint8Array): Uint8Array {
  const length = payload.length + 2;
  return concat([Uint8Array.of(0xff, kind, length >> 8, length & 0xff), payload]);
}
