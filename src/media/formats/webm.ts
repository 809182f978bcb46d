import type { ByteSource } from '../byte-source';
import { Patches } from '../patches';
import { textAt } from './bytes';
import { type ClipFile, DamagedFile } from './clip';
import {
  blankElement,
  type Element,
  elementHeaderBytes,
  readBody,
  readElement,
  readElements,
  readUnsigned,
  readVarint,
  type Whole,
} from './ebml';
import { id, inBlockGroup, inCluster, inCuePoint, inCuePositions, inHeader, inInfo, inSegment, inTrackEntry, inVideo } from './webm-ids';

/** A minute has some ten thousand blocks; a hostile file has millions of elements of two bytes. */
const maxElements = 200_000;
const maxHeaderBytes = 1_024;
const maxIndexBytes = 512 * 1024;
const maxNumberBytes = 8;
/** What a block says before its frames: track, time, flags. */
const blockHeaderBytes = 8 + 3;
const trackType = { video: 1, audio: 2 } as const;

/**
 * Takes a WebM file apart, block by block. Tags, attachments, chapters, times of day, titles, names of programs, tracks that are
 * neither picture nor sound with their blocks, and whatever is not named above go: they become zeros, so that no position changes.
 *
 * @throws DamagedFile when it is cut off, damaged, or no such file
 */
export function readWebm(source: ByteSource): Promise<ClipFile> {
  return new WebmReader(source).read();
}

class WebmReader {
  readonly #source: ByteSource;
  readonly #patches = new Patches();
  /** Numbers of the tracks of picture and sound; null before they are known. */
  #tracks: Set<number> | null = null;
  #size: { width: number; height: number } | null = null;
  /** Nanoseconds a unit of time. */
  #scale = 1_000_000;
  #firstAt = Number.POSITIVE_INFINITY;
  #lastAt = Number.NEGATIVE_INFINITY;
  #elements = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  async read(): Promise<ClipFile> {
    const header = await this.#element(0, this.#source.size);
    if (header.id !== id.ebml || header.end === null) throw new DamagedFile();
    await this.#readHeader(header);
    const segment = await this.#element(header.end, this.#source.size);
    if (segment.id !== id.segment) throw new DamagedFile();
    const end = segment.end ?? this.#source.size;
    // What follows would be a second film, or no film.
    if (end !== this.#source.size) throw new DamagedFile();
    for (let at = segment.body; at < end; ) at = await this.#readSegmentPart(await this.#element(at, end), end);
    if (this.#tracks === null || this.#tracks.size === 0) throw new DamagedFile();
    const durationMs = Math.round(((this.#lastAt - this.#firstAt) * this.#scale) / 1e6);
    return {
      hasVideo: this.#size !== null,
      width: this.#size?.width ?? null,
      height: this.#size?.height ?? null,
      durationMs: durationMs > 0 ? durationMs : null,
      patches: this.#patches,
    };
  }

  async #element(at: number, limit: number): Promise<Element> {
    this.#elements += 1;
    if (this.#elements > maxElements) throw new DamagedFile();
    return readElement(await this.#source.read(at, Math.min(elementHeaderBytes, limit - at)), at, limit);
  }

  async #readHeader(header: Element): Promise<void> {
    const bytes = await readBody(this.#source, header, maxHeaderBytes);
    const kept = this.#keep(bytes, header.body, inHeader);
    const type = kept.find((element) => element.id === id.docType);
    if (type === undefined || textAt(bytes, type.body - header.body, type.end - type.body).replace(/\0+$/, '') !== 'webm')
      throw new DamagedFile();
  }

  /** @returns where the next part begins */
  async #readSegmentPart(part: Element, limit: number): Promise<number> {
    if (part.id === id.cluster) return this.#readCluster(part, limit);
    const { end } = part;
    if (end === null) throw new DamagedFile();
    if (part.id === id.seekHead) await this.#readSeekHead(part);
    else if (part.id === id.info) await this.#readInfo(part);
    else if (part.id === id.tracks) await this.#readTracks(part);
    else if (part.id === id.cues) await this.#readCues(part);
    else blankElement(this.#patches, { ...part, end });
    return end;
  }

  /** The index: times, and where their clusters lie. */
  async #readCues(part: Element): Promise<void> {
    const bytes = await readBody(this.#source, part, maxIndexBytes);
    const inside = (outer: Whole) => bytes.subarray(outer.body - part.body, outer.end - part.body);
    for (const point of this.#keep(bytes, part.body, new Set([id.cuePoint]))) {
      for (const element of this.#keep(inside(point), point.body, inCuePoint)) {
        if (element.id === id.cuePositions) this.#keepNumbers(inside(element), element.body, inCuePositions);
        else if (element.end - element.body > maxNumberBytes) blankElement(this.#patches, element);
      }
    }
  }

  /** Entries that lead to what goes, go with it. */
  async #readSeekHead(part: Element): Promise<void> {
    const bytes = await readBody(this.#source, part, maxIndexBytes);
    for (const seek of this.#keep(bytes, part.body, new Set([id.seek]))) {
      const inside = bytes.subarray(seek.body - part.body, seek.end - part.body);
      const target = readElements(inside, seek.body).find((element) => element.id === id.seekId);
      const wanted: readonly number[] = [id.info, id.tracks, id.cues, id.cluster];
      const isKept =
        target !== undefined && wanted.includes(readUnsigned(inside.subarray(target.body - seek.body, target.end - seek.body)));
      if (!isKept) blankElement(this.#patches, seek);
    }
  }

  async #readInfo(part: Element): Promise<void> {
    const bytes = await readBody(this.#source, part, maxIndexBytes);
    for (const element of this.#keep(bytes, part.body, inInfo)) {
      const value = bytes.subarray(element.body - part.body, element.end - part.body);
      if (element.id === id.timestampScale) this.#scale = readUnsigned(value);
      // Required, but nobody needs to know.
      else if (element.id !== id.duration) this.#patches.zero(element.body, element.end);
    }
  }

  async #readTracks(part: Element): Promise<void> {
    if (this.#tracks !== null) throw new DamagedFile();
    this.#tracks = new Set();
    const bytes = await readBody(this.#source, part, maxIndexBytes);
    for (const entry of this.#keep(bytes, part.body, new Set([id.trackEntry]))) {
      const inside = bytes.subarray(entry.body - part.body, entry.end - part.body);
      const elements = readElements(inside, entry.body);
      const numberOf = (wanted: number) => {
        const element = elements.find((candidate) => candidate.id === wanted);
        return element === undefined ? 0 : readUnsigned(inside.subarray(element.body - entry.body, element.end - entry.body));
      };
      const type = numberOf(id.trackType);
      if (type !== trackType.video && type !== trackType.audio) {
        blankElement(this.#patches, entry);
        continue;
      }
      this.#keep(inside, entry.body, inTrackEntry);
      this.#tracks.add(numberOf(id.trackNumber));
      const video = elements.find((element) => element.id === id.video);
      if (video !== undefined) this.#keep(inside.subarray(video.body - entry.body, video.end - entry.body), video.body, inVideo);
      if (type === trackType.video) this.#size ??= readSize(inside, entry.body, video);
    }
  }

  /** @returns where it ends */
  async #readCluster(cluster: Element, limit: number): Promise<number> {
    if (this.#tracks === null) throw new DamagedFile();
    const end = cluster.end ?? limit;
    let timestamp = 0;
    for (let at = cluster.body; at < end; ) {
      const element = await this.#element(at, end);
      if (cluster.end === null && inSegment.has(element.id)) return at;
      if (element.end === null) throw new DamagedFile();
      const whole = { ...element, end: element.end };
      if (element.id === id.timestamp) timestamp = readUnsigned(await readBody(this.#source, element, 8));
      else if (element.id === id.simpleBlock) await this.#readBlock(whole, whole, timestamp);
      else if (element.id === id.blockGroup) await this.#readBlockGroup(whole, timestamp);
      else if (!inCluster.has(element.id)) blankElement(this.#patches, whole);
      if (this.#patches.areTooMany) throw new DamagedFile();
      at = whole.end;
    }
    return end;
  }

  async #readBlockGroup(group: Whole, timestamp: number): Promise<void> {
    const others: Whole[] = [];
    let isKept = false;
    for (let at = group.body; at < group.end; ) {
      const element = await this.#element(at, group.end);
      if (element.end === null) throw new DamagedFile();
      const whole = { ...element, end: element.end };
      if (element.id === id.block) isKept = await this.#readBlock(whole, group, timestamp);
      else if (!inBlockGroup.has(element.id)) others.push(whole);
      at = whole.end;
    }
    if (isKept) for (const element of others) blankElement(this.#patches, element);
  }

  /** Notes when the block plays, or blanks `carrier` when it is of a track that goes. @returns whether it stays */
  async #readBlock(block: Whole, carrier: Whole, timestamp: number): Promise<boolean> {
    const bytes = await this.#source.read(block.body, Math.min(blockHeaderBytes, block.end - block.body));
    const { value: track, length } = readVarint(bytes, 0);
    if (bytes.length < length + 3) throw new DamagedFile();
    if (this.#tracks?.has(track) !== true) {
      blankElement(this.#patches, carrier);
      return false;
    }
    const at = timestamp + new DataView(bytes.buffer, bytes.byteOffset).getInt16(length);
    this.#firstAt = Math.min(this.#firstAt, at);
    this.#lastAt = Math.max(this.#lastAt, at);
    return true;
  }

  #keepNumbers(bytes: Uint8Array, base: number, kept: ReadonlySet<number>): void {
    for (const element of this.#keep(bytes, base, kept)) {
      if (element.end - element.body > maxNumberBytes) blankElement(this.#patches, element);
    }
  }

  /** The elements of those ids; the others are blanked. Checksums are among them: what they are of has changed. */
  #keep(bytes: Uint8Array, base: number, kept: ReadonlySet<number>): Whole[] {
    return readElements(bytes, base).filter((element) => {
      if (kept.has(element.id)) return true;
      blankElement(this.#patches, element);
      return false;
    });
  }
}

function readSize(inside: Uint8Array, base: number, video: Whole | undefined): { width: number; height: number } {
  if (video === undefined) throw new DamagedFile();
  const settings = inside.subarray(video.body - base, video.end - base);
  const numberOf = (wanted: number) => {
    const element = readElements(settings, video.body).find((candidate) => candidate.id === wanted);
    return element === undefined ? 0 : readUnsigned(settings.subarray(element.body - video.body, element.end - video.body));
  };
  const size = { width: numberOf(id.pixelWidth), height: numberOf(id.pixelHeight) };
  if (size.width === 0 || size.height === 0) throw new DamagedFile();
  return size;
}
