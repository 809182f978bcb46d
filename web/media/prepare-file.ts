import * as v from 'valibot';
import { maxFileBytes } from '../../src/protocol/limits';
import { maxBytesOf, maxDurationOf, mediaKindOf, mediaType } from '../../src/protocol/media-types';
import { describeClip } from './describe-clip';
import { sizeWords } from './media-words';
import type { PreparedMedium } from './prepared-medium';
import { reencode } from './reencode';

/** A file that cannot be sent, with words for the user. */
export class CannotSend extends Error {
  override readonly name = 'CannotSend';
}

/** What became of a file the user chose. */
export interface PreparedFile {
  readonly medium: PreparedMedium;
  /** What the user should know before it is sent; null when there is nothing. */
  readonly note: string | null;
}

const unreadablePicture =
  'Your browser cannot open this picture. It is sent as a file, just as it is, with everything that is in it, such as where it was taken.';
const unplayableClip = 'This cannot be played in the chat. It is sent as a file.';
const tooLongClip = 'Videos in the chat can last a minute and have up to 50 MB. This is sent as a file.';

/**
 * Makes a chosen file ready: pictures are drawn anew, which leaves behind where they were taken; what the chat plays is played;
 * everything else is sent as it is.
 *
 * @throws CannotSend
 */
export async function prepareFile(file: File): Promise<PreparedFile> {
  const name = file.name === '' ? 'File' : file.name;
  if (file.size === 0) throw new CannotSend(`“${name}” is empty.`);
  const parsed = v.safeParse(mediaType, file.type);
  const type = parsed.success ? parsed.output : '';
  if (type.startsWith('image/')) {
    try {
      return { medium: await reencode(file), note: null };
    } catch {
      return asFile(file, name, unreadablePicture);
    }
  }
  const kind = mediaKindOf(type);
  return kind === 'video' || kind === 'audio' ? prepareClip(file, name, kind) : asFile(file, name, null);
}

async function prepareClip(file: File, name: string, kind: 'video' | 'audio'): Promise<PreparedFile> {
  const facts = await describeClip(file).catch(() => null);
  if (facts === null || (kind === 'video') !== facts.width > 0) return asFile(file, name, unplayableClip);
  const isTooLong = (facts.durationMs ?? 0) > (maxDurationOf(kind) ?? 0);
  if (isTooLong || file.size > maxBytesOf(kind)) return asFile(file, name, kind === 'video' ? tooLongClip : unplayableClip);
  const { durationMs, width, height, poster } = facts;
  const medium: PreparedMedium =
    kind === 'video' ? { kind, blob: file, width, height, durationMs, poster } : { kind, blob: file, durationMs };
  return { medium, note: null };
}

function asFile(blob: File, fileName: string, note: string | null): PreparedFile {
  if (blob.size > maxFileBytes) {
    throw new CannotSend(`“${fileName}” has ${sizeWords(blob.size)}. Files can have up to ${sizeWords(maxFileBytes)}.`);
  }
  return { medium: { kind: 'file', blob, fileName }, note };
}
