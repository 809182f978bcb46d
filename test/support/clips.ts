import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClipType } from '../../src/protocol/media-types';

const folder = join(import.meta.dirname, '../fixtures/clips');

/** The committed clips; `test/fixtures/clips/make.sh` tells what is in them. */
export const clips = {
  'film.mp4': 'video/mp4',
  'turned.mp4': 'video/mp4',
  'fragmented.mp4': 'video/mp4',
  'recorded.mp4': 'video/mp4',
  'film.webm': 'video/webm',
  'streamed.webm': 'video/webm',
  'recorded.webm': 'video/webm',
  'sound.m4a': 'audio/mp4',
  'sound.webm': 'audio/webm',
  'voice.webm': 'audio/webm',
  'sound.ogg': 'audio/ogg',
  'vorbis.ogg': 'audio/ogg',
} as const satisfies Record<string, ClipType>;
export type ClipName = keyof typeof clips;
export const clipNames = Object.keys(clips).filter((name): name is ClipName => name in clips);

export function readClip(name: ClipName): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(folder, name)));
}
