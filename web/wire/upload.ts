import * as v from 'valibot';
import type { Media } from '../../src/protocol/models';
import { mediaAnswer } from '../../src/protocol/rest';
import { parseJson } from './http';
import { isSessionOver, type TokenKeeper } from './token-keeper';
import { offlineProblem, toProblem, WireProblem } from './wire-problem';

export interface Upload {
  readonly chatId: string;
  readonly file: Blob;
  readonly fileName: string;
  /** For a view-once message: no link and no thumbnail of it may ever be made [ONCE-6]. */
  readonly isOnce: boolean;
  readonly signal: AbortSignal;
  /** From 0 to 1, as bytes leave. */
  progress(share: number): void;
}

/** Uploads one file into a chat: `fetch` cannot tell how far it has got, so this is XMLHttpRequest. */
export class Uploader {
  readonly #tokens: TokenKeeper;
  readonly #createRequest: () => XMLHttpRequest;

  constructor(tokens: TokenKeeper, createRequest = () => new XMLHttpRequest()) {
    this.#tokens = tokens;
    this.#createRequest = createRequest;
  }

  /** @throws WireProblem; an aborted upload throws the signal's reason. */
  async upload(upload: Upload): Promise<Media> {
    const token = await this.#tokens.current();
    try {
      return await this.#post(upload, token);
    } catch (error) {
      if (!(error instanceof WireProblem) || !isSessionOver(error)) throw error;
      return this.#post(upload, await this.#tokens.renew(token));
    }
  }

  #post({ chatId, file, fileName, isOnce, signal, progress }: Upload, token: string): Promise<Media> {
    const form = new FormData();
    form.set('chat_id', chatId);
    if (isOnce) form.set('view_once', 'true');
    form.set('file', file, fileName);
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const request = this.#createRequest();
      const abort = () => request.abort();
      signal.addEventListener('abort', abort);
      request.upload.addEventListener('progress', ({ loaded, total }) => progress(total > 0 ? loaded / total : 0));
      request.addEventListener('loadend', () => {
        signal.removeEventListener('abort', abort);
        if (signal.aborted) return reject(signal.reason);
        if (request.status === 0) return reject(offlineProblem());
        const body = parseJson(request.responseText);
        if (request.status >= 300) return reject(toProblem(request.status, body, request.getResponseHeader('retry-after')));
        const parsed = v.safeParse(mediaAnswer, body);
        if (parsed.success) resolve(parsed.output.media);
        else reject(new WireProblem('unexpected', 'RelayHub answered in a form this page does not know'));
      });
      request.open('POST', '/api/media/upload-multipart');
      request.setRequestHeader('authorization', `Bearer ${token}`);
      request.send(form);
    });
  }
}
