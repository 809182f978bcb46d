import * as v from 'valibot';
import { maxAudioBytes, maxAudioMs, maxFileBytes, maxImageBytes, maxVideoBytes, maxVideoMs, maxVideoOverrunMs } from './limits';

/** What the browser shows or plays in place; everything else is a file, to be saved [MEDIA-1]. */
export type MediaKind = 'image' | 'video' | 'audio' | 'file';

export const imageTypes = ['image/jpeg', 'image/png', 'image/webp'] as const;
export const clipTypes = ['video/mp4', 'video/webm', 'audio/mp4', 'audio/webm', 'audio/ogg'] as const;
export type ImageType = (typeof imageTypes)[number];
export type ClipType = (typeof clipTypes)[number];

/** Names that some browsers and systems give to types we know by another. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['image/jpg', 'image/jpeg'],
  ['video/x-m4v', 'video/mp4'],
  ['audio/x-m4a', 'audio/mp4'],
  ['audio/m4a', 'audio/mp4'],
]);

export function isImageType(type: string): type is ImageType {
  return imageTypes.some((known) => known === type);
}

export function isClipType(type: string): type is ClipType {
  return clipTypes.some((known) => known === type);
}

/** @param type as {@link mediaType} makes it, and as a Medium's `mime_type` says it */
export function mediaKindOf(type: string): MediaKind {
  if (isImageType(type)) return 'image';
  if (isClipType(type)) return type.startsWith('video/') ? 'video' : 'audio';
  return 'file';
}

/** Most bytes of a medium of that kind [MEDIA-1]. */
export function maxBytesOf(kind: MediaKind): number {
  return { image: maxImageBytes, video: maxVideoBytes, audio: maxAudioBytes, file: maxFileBytes }[kind];
}

/** Longest that a medium of that kind may play, in milliseconds; null for what does not play. */
export function maxDurationOf(kind: MediaKind): number | null {
  return { image: null, video: maxVideoMs + maxVideoOverrunMs, audio: maxAudioMs, file: null }[kind];
}

/** A media type as browsers tell it: parameters go, aliases get the name we use. */
export const mediaType = v.pipe(
  v.string(),
  v.maxLength(255, 'is too long'),
  v.transform((value) => value.split(';', 1)[0]?.trim().toLowerCase() ?? ''),
  v.regex(/^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/, 'is not a media type'),
  v.transform((value) => aliases.get(value) ?? value),
);
