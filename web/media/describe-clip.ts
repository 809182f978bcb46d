import type { PreparedPicture } from './prepared-medium';
import { drawScaled } from './reencode';

/** What a browser can tell of a clip that it plays. */
export interface ClipFacts {
  /** Null where the file does not say. */
  readonly durationMs: number | null;
  /** Pixels; 0 where there is only sound. */
  readonly width: number;
  readonly height: number;
  readonly poster: PreparedPicture | null;
}

/** A browser that has not understood a clip by then never will. */
const patienceMs = 10_000;
/** The very first picture is often black. */
const posterAtSeconds = 0.1;
/** Enough for a thumbnail on a sharp screen. */
const posterSidePx = 640;

/**
 * Reads a clip's length and size, and of a video a picture that stands for it.
 * @throws when this browser does not play it
 */
export async function describeClip(clip: Blob): Promise<ClipFacts> {
  const player = document.createElement('video');
  player.muted = true;
  player.playsInline = true;
  player.preload = 'auto';
  const url = URL.createObjectURL(clip);
  try {
    const loaded = heard(player, 'loadeddata');
    player.src = url;
    await loaded;
    const { videoWidth: width, videoHeight: height, duration } = player;
    const durationMs = Number.isFinite(duration) ? Math.round(duration * 1000) : null;
    // What a poster is worth is not worth a video.
    const poster = width === 0 ? null : await drawPoster(player).catch(() => null);
    return { durationMs, width, height, poster };
  } finally {
    player.removeAttribute('src');
    player.load();
    URL.revokeObjectURL(url);
  }
}

async function drawPoster(player: HTMLVideoElement): Promise<PreparedPicture> {
  const sought = heard(player, 'seeked');
  player.currentTime = Math.min(posterAtSeconds, player.duration / 2 || 0);
  await sought;
  return drawScaled(player, player.videoWidth, player.videoHeight, posterSidePx);
}

function heard(player: HTMLVideoElement, event: 'loadeddata' | 'seeked'): Promise<void> {
  const signal = AbortSignal.timeout(patienceMs);
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error('This browser does not play it'));
    player.addEventListener(event, () => resolve(), { once: true });
    player.addEventListener('error', fail, { once: true });
    signal.addEventListener('abort', fail);
  });
}
