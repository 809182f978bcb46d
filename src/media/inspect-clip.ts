import { assertNever } from '../assert-never';
import type { ClipType } from '../protocol/media-types';
import { maxDurationOf, mediaKindOf } from '../protocol/media-types';
import type { Result } from '../result';
import type { ByteSource } from './byte-source';
import { textAt } from './formats/bytes';
import { type ClipFile, DamagedFile } from './formats/clip';
import { readMp4 } from './formats/mp4';
import { readOgg } from './formats/ogg';
import { readWebm } from './formats/webm';
import { refuse } from './refuse';

type Container = 'mp4' | 'webm' | 'ogg';

/**
 * What an uploaded video or audio file is, and how it is freed from metadata, read from its bytes without decoding a frame
 * [MEDIA-1]. Holds a megabyte of it at a time.
 *
 * @param type what the uploader calls it
 * @returns the file taken apart, or a refusal: `media_damaged` when it is not what it claims, cut off, damaged, or too long.
 * @throws what the source throws
 */
export async function inspectClip(source: ByteSource, type: ClipType): Promise<Result<ClipFile>> {
  const kind = mediaKindOf(type);
  const container = sniffContainer(await source.read(0, 12));
  if (container === null || container !== containerOf(type))
    return refuse('media_damaged', `This is not the type of ${kind} it claims to be.`);
  const file = await readFile(source, container);
  if (file === null) return refuse('media_damaged', `This ${kind} is damaged.`);
  if (file.hasVideo !== (kind === 'video')) return refuse('media_damaged', `This is not the type of ${kind} it claims to be.`);
  const maxMs = maxDurationOf(kind) ?? 0;
  if ((file.durationMs ?? 0) > maxMs)
    return refuse('media_damaged', `This ${kind} is too long: ${Math.floor(maxMs / 1_000)} seconds at most.`);
  return { ok: true, value: file };
}

/** The kind of container that the first bytes tell; `null` for any other file. */
function sniffContainer(bytes: Uint8Array): Container | null {
  if (textAt(bytes, 4, 4) === 'ftyp') return 'mp4';
  if (textAt(bytes, 0, 4) === '\x1a\x45\xdf\xa3') return 'webm';
  if (textAt(bytes, 0, 4) === 'OggS') return 'ogg';
  return null;
}

function containerOf(type: ClipType): Container {
  switch (type) {
    case 'video/mp4':
    case 'audio/mp4':
      return 'mp4';
    case 'video/webm':
    case 'audio/webm':
      return 'webm';
    case 'audio/ogg':
      return 'ogg';
    default:
      return assertNever(type);
  }
}

async function readFile(source: ByteSource, container: Container): Promise<ClipFile | null> {
  const read = { mp4: readMp4, webm: readWebm, ogg: readOgg }[container];
  try {
    return await read(source);
  } catch (error) {
    if (error instanceof DamagedFile) return null;
    throw error;
  }
}
