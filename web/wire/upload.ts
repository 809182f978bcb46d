import type { Media } from '../../src/protocol/models';
import type { ReserveMediaBody } from '../../src/protocol/rest';
import type { Platform } from './platform';
import type { Rest } from './rest';
import { Turns } from './turns';
import { retryUploadAfter, uploadLost } from './upload-retry';
import { WireProblem } from './wire-problem';

/** How far an upload has got. It waits for its turn, and for the network to come back. */
export type UploadStage =
  | { readonly kind: 'waiting' }
  /** `share` is from 0 to 1, as bytes leave. */
  | { readonly kind: 'uploading'; readonly share: number }
  | { readonly kind: 'processing' };

export interface Upload {
  readonly chatId: string;
  readonly blob: Blob;
  /** A media type as `mediaType` of the protocol makes it. */
  readonly mimeType: string;
  readonly fileName: string | null;
  /** For recordings whose bytes do not tell it. */
  readonly durationMs: number | null;
  /** For a view-once message: no link and no thumbnail of it may ever be made [ONCE-6]. */
  readonly isOnce: boolean;
  /** An uploaded image that stands for the video until it plays. */
  readonly posterId: string | null;
  readonly signal: AbortSignal;
  stage(stage: UploadStage): void;
}

/** More at once would only make each slower. */
const uploadsAtOnce = 3;
/** A connection that moved nothing for this long is as good as gone. */
const stallMs = 30_000;
/** 412 is the store's word for an upload that arrived by an earlier try of the browser's own. */
const hasArrived = (status: number) => (status >= 200 && status < 300) || status === 412;

/**
 * Uploads into a chat [MEDIA-1]: announce, send the bytes to the URL that comes back, have them checked. What is cut off begins
 * anew, since a URL takes bytes once; what was sent and not yet answered for is only asked about again.
 */
export class Uploader {
  readonly #platform: Platform;
  readonly #rest: Rest;
  readonly #turns = new Turns(uploadsAtOnce);

  constructor(platform: Platform, rest: Rest) {
    this.#platform = platform;
    this.#rest = rest;
  }

  /** @throws WireProblem; an aborted upload throws the signal's reason. */
  async upload(upload: Upload): Promise<Media> {
    upload.stage({ kind: 'waiting' });
    const giveBack = await this.#turns.take(upload.signal);
    try {
      return await this.#try(upload);
    } finally {
      giveBack();
    }
  }

  async #try(upload: Upload): Promise<Media> {
    let sentId: string | null = null;
    for (let failures = 0, cuts = 0; ; ) {
      try {
        sentId ??= await this.#send(upload);
        upload.stage({ kind: 'processing' });
        return await this.#rest.completeMedia(sentId, upload.signal);
      } catch (error) {
        upload.signal.throwIfAborted();
        if (!(error instanceof WireProblem)) throw error;
        failures++;
        if (error.code === uploadLost || error.code === 'media_not_ready') {
          cuts++;
          sentId = null;
        }
        const waitMs = retryUploadAfter(error, failures, cuts, this.#platform.random());
        if (waitMs === null) throw error;
        upload.stage({ kind: 'waiting' });
        await this.#pause(waitMs, upload.signal);
      }
    }
  }

  /** Resolves with the medium's id once the store has the bytes. */
  async #send(upload: Upload): Promise<string> {
    const { media_id, upload: target } = await this.#rest.reserveMedia(announcementOf(upload), upload.signal);
    const stalled = new AbortController();
    const signal = AbortSignal.any([upload.signal, stalled.signal]);
    let callOff = () => {};
    const watch = () => {
      callOff();
      callOff = this.#platform.after(stallMs, () => stalled.abort());
    };
    const size = upload.blob.size;
    const progress = (bytes: number) => {
      watch();
      upload.stage({ kind: 'uploading', share: size === 0 ? 1 : Math.min(1, bytes / size) });
    };
    progress(0);
    const { url, headers } = target;
    const status = await this.#platform.put({ url, headers, body: upload.blob, signal, progress }).catch(() => 0);
    callOff();
    upload.signal.throwIfAborted();
    if (!hasArrived(status)) throw new WireProblem(uploadLost, 'The upload was cut off');
    return media_id;
  }

  /** Waits; whoever returns to the page or gets their network back need not. */
  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        callOff();
        endWake();
        signal.removeEventListener('abort', abort);
      };
      const go = () => {
        settle();
        resolve();
      };
      const abort = () => {
        settle();
        reject(signal.reason);
      };
      const callOff = this.#platform.after(ms, go);
      const endWake = this.#platform.onWake(go);
      signal.addEventListener('abort', abort);
    });
  }
}

function announcementOf({ chatId, blob, mimeType, fileName, durationMs, isOnce, posterId }: Upload): ReserveMediaBody {
  return {
    chat_id: chatId,
    mime_type: mimeType,
    byte_size: blob.size,
    view_once: isOnce,
    ...(fileName === null ? {} : { file_name: fileName }),
    ...(durationMs === null ? {} : { duration_ms: Math.round(durationMs) }),
    ...(posterId === null ? {} : { poster_media_id: posterId }),
  };
}
