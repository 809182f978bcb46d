import type { Patches } from '../patches';

/** One video or audio file taken apart, without decoding a frame. */
export interface ClipFile {
  readonly hasVideo: boolean;
  /** Pixels as seen, upright; null without video. */
  readonly width: number | null;
  readonly height: number | null;
  /** Counted from the frames, not from what the header says: headers lie, and recorders that stream leave it out. Null for unknown. */
  readonly durationMs: number | null;
  /** Takes away everything but what playing needs [MEDIA-1]; the length stays. */
  readonly patches: Patches;
}

/** Thrown inside the readers for a file that is cut off, damaged, or made to cost more than a real one. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}
