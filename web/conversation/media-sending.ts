import { type ReadonlySignal, signal } from '@preact/signals';
import type { Media } from '../../src/protocol/models';
import { mimeTypeOf, type PreparedMedium, type PreparedPicture } from '../media/prepared-medium';
import type { Upload, Uploader, UploadStage } from '../wire/upload';
import { WireProblem } from '../wire/wire-problem';

interface Sending {
  readonly stage: ReadonlySignal<UploadStage>;
  readonly media: Promise<Media>;
  cancel(): void;
}

/** The uploads of one room: begun once a message, so that a retry after a lost socket sends the same medium. */
export class MediaSending {
  readonly #uploader: Uploader;
  readonly #chatId: string;
  readonly #sendings = new Map<string, Sending>();
  /** Settles when everything begun so far is uploaded, or will not be. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(uploader: Uploader, chatId: string) {
    this.#uploader = uploader;
    this.#chatId = chatId;
  }

  /** Uploads the medium of a message, or gives the upload under way or done. */
  upload(messageId: string, medium: PreparedMedium, isOnce: boolean): Sending {
    const begun = this.#sendings.get(messageId);
    if (begun !== undefined) return begun;
    const stage = signal<UploadStage>({ kind: 'waiting' });
    const aborter = new AbortController();
    const common = {
      chatId: this.#chatId,
      isOnce,
      signal: aborter.signal,
      stage: (reached: UploadStage) => {
        stage.value = reached;
      },
    };
    // What was chosen first is sent first, however small the next one is.
    const media = Promise.all([this.#upload(medium, common), this.#before]).then(([uploaded]) => uploaded);
    this.#before = media.catch(() => undefined);
    media.catch(() => this.#sendings.delete(messageId));
    const sending = { stage, media, cancel: () => aborter.abort() };
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

  async #upload(medium: PreparedMedium, common: Pick<Upload, 'chatId' | 'isOnce' | 'signal' | 'stage'>): Promise<Media> {
    // [ONCE-6] A poster would be a second copy that nobody opens once.
    const poster = medium.kind === 'video' && !common.isOnce ? medium.poster : null;
    return this.#uploader.upload({
      ...common,
      blob: medium.blob,
      mimeType: mimeTypeOf(medium),
      fileName: medium.kind === 'file' ? medium.fileName : null,
      durationMs: medium.kind === 'video' || medium.kind === 'audio' ? medium.durationMs : null,
      posterId: poster === null ? null : await this.#uploadPoster(poster, common),
    });
  }

  /** A video whose poster is refused goes without. */
  async #uploadPoster(poster: PreparedPicture, { chatId, signal }: Pick<Upload, 'chatId' | 'signal'>): Promise<string | null> {
    const facts = { blob: poster.blob, mimeType: mimeTypeOf(poster), fileName: null, durationMs: null, posterId: null };
    try {
      return (await this.#uploader.upload({ ...facts, chatId, signal, isOnce: false, stage() {} })).id;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WireProblem && error.code.startsWith('media_')) return null;
      throw error;
    }
  }
}
