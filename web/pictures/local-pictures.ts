/** A picture of this device, ready to be sent. */
export interface PreparedPicture {
  readonly blob: Blob;
  readonly width: number;
  readonly height: number;
}

/** A picture on its way or just sent, shown from memory so that it need not be downloaded. */
export interface LocalPicture extends PreparedPicture {
  readonly url: string;
}

/** The user's own pictures of a room, by message id; their object URLs end with the message. */
export class LocalPictures {
  readonly #pictures = new Map<string, LocalPicture>();

  add(messageId: string, picture: PreparedPicture): void {
    this.#pictures.set(messageId, { ...picture, url: URL.createObjectURL(picture.blob) });
  }

  get(messageId: string): LocalPicture | undefined {
    return this.#pictures.get(messageId);
  }

  /** Keeps only the pictures of these messages. */
  retain(messageIds: ReadonlySet<string>): void {
    for (const [id, { url }] of this.#pictures) {
      if (messageIds.has(id)) continue;
      URL.revokeObjectURL(url);
      this.#pictures.delete(id);
    }
  }
}
