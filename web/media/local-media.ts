import type { PreparedMedium } from './prepared-medium';

/** A medium on its way or just sent, shown from memory so that it need not be downloaded. */
export interface LocalMedium {
  readonly medium: PreparedMedium;
  /** An object URL of its bytes. */
  readonly url: string;
  /** The same of what stands for it, where it is a video. */
  readonly posterUrl: string | null;
}

/** The user's own media of a room, by message id; their object URLs end with the message. */
export class LocalMedia {
  readonly #media = new Map<string, LocalMedium>();

  add(messageId: string, medium: PreparedMedium): void {
    const poster = medium.kind === 'video' ? medium.poster : null;
    const posterUrl = poster === null ? null : URL.createObjectURL(poster.blob);
    this.#media.set(messageId, { medium, url: URL.createObjectURL(medium.blob), posterUrl });
  }

  get(messageId: string): LocalMedium | undefined {
    return this.#media.get(messageId);
  }

  /** Keeps only the media of these messages. */
  retain(messageIds: ReadonlySet<string>): void {
    for (const [id, { url, posterUrl }] of this.#media) {
      if (messageIds.has(id)) continue;
      URL.revokeObjectURL(url);
      if (posterUrl !== null) URL.revokeObjectURL(posterUrl);
      this.#media.delete(id);
    }
  }
}
