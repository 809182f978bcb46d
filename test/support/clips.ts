import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Patches } from '../../src/media/patches';
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

/** The file as it is stored, streamed in chunks of so many bytes. */
export async function patchedFile(bytes: Uint8Array, patches: Patches, chunkBytes = 1_000): Promise<Uint8Array> {
  let at = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + chunkBytes));
      at += chunkBytes;
    },
  });
  return new Response(stream.pipeThrough(patches.apply())).bytes();
}

/** What no stored clip may say: the fixtures' titles, names, times and places, and which program put the file together. */
export const telltale = /secret|48\.1|2026|Lavf|Chrome|VideoHandler|mp4-muxer/i;
