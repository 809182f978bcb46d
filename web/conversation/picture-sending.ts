import { type ReadonlySignal, signal } from '@preact/signals';
import type { Media } from '../../src/protocol/models';
import type { PreparedPicture } from '../pictures/local-pictures';
import type { Uploader } from '../wire/upload';
import { WireProblem } from '../wire/wire-problem';

interface Sending {
  readonly share: ReadonlySignal<number>;
  readonly media: Promise<Media>;
  cancel(): void;
}

/** The uploads of one room: begun once a message, so that a retry after a lost socket sends the same medium. */
export class PictureSending {
  readonly #uploader: Uploader;
  readonly #chatId: string;
  readonly #sendings = new Map<string, Sending>();

  constructor(uploader: Uploader, chatId: string) {
    this.#uploader = uploader;
    this.#chatId = chatId;
  }

  /** Uploads the picture of a message, or gives the upload under way or done. */
  upload(messageId: string, picture: PreparedPicture, isOnce: boolean): Sending {
    const begun = this.#sendings.get(messageId);
    if (begun !== undefined) return begun;
    const share = signal(0);
    const aborter = new AbortController();
    const media = this.#uploader.upload({
      chatId: this.#chatId,
      file: picture.blob,
      isOnce,
      fileName: 'picture.jpg',
      signal: aborter.signal,
      progress: (value) => {
        share.value = value;
      },
    });
    media.catch(() => this.#sendings.delete(messageId));
    const sending = { share, media, cancel: () => aborter.abort() };
    this.#sendings.set(messageId, sending);
    return sending;
  }

  cancel(messageId: string): void {
    this.#sendings.get(messageId)?.cancel();
    this.#sendings.delete(messageId);
  }

  cancelAll(): void {
    for (const id of [...this.#sendings.keys()]) this.cancel(id);
  }

  /** The message was accepted, or its medium is of no use any more. */
  forget(messageId: string): void {
    this.#sendings.delete(messageId);
  }

  codeOf(error: unknown): string {
    return error instanceof WireProblem ? error.code : 'unexpected';
  }
}
