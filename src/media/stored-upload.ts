import { WindowedSource } from './byte-source';
import { getObject, type ObjectState, pieceTimeoutMs, type S3, streamTimeoutMs } from './s3';

/** Thrown when an upload's bytes went, or became others, while they were looked at. */
export class UploadGone extends Error {
  override readonly name = 'UploadGone';
}

/** An upload in quarantine, in the one state that is checked, and therefore the only one that may be stored. */
export class StoredUpload extends WindowedSource {
  readonly #s3: S3;
  readonly #key: string;
  readonly #etag: string;

  constructor(s3: S3, key: string, { byteSize, etag }: ObjectState) {
    super(byteSize, async (first, last) => {
      const stream = await getObject(s3, key, { first, last }, { etag, timeoutMs: pieceTimeoutMs });
      if (stream === null) throw new UploadGone();
      return new Response(stream).bytes();
    });
    this.#s3 = s3;
    this.#key = key;
    this.#etag = etag;
  }

  /** All of it from the beginning; again at each call. @throws UploadGone, or the SDK's error */
  async stream(): Promise<ReadableStream<Uint8Array>> {
    const stream = await getObject(this.#s3, this.#key, null, { etag: this.#etag, timeoutMs: streamTimeoutMs });
    if (stream === null) throw new UploadGone();
    return stream;
  }
}
