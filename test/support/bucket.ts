import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const bucketName = 'relayhub-media';

/** The store behind a local server, seen past the Worker: what is really there. */
export class Bucket {
  readonly #s3: S3Client;

  /** @param url origin of the server */
  constructor(url: string) {
    this.#s3 = new S3Client({
      endpoint: `${url}/cdn-cgi/local/r2/s3`,
      region: 'auto',
      forcePathStyle: true,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local-development-only' },
    });
  }

  /** Everything stored for a chat, uploads in quarantine too, in order of key. */
  async keysOf(chatId: string): Promise<string[]> {
    const parts = await Promise.all([this.keysUnder(`rooms/${chatId}/`), this.keysUnder(`uploads/${chatId}/`)]);
    return parts.flat();
  }

  async keysUnder(prefix: string): Promise<string[]> {
    const { Contents = [], IsTruncated } = await this.#s3.send(new ListObjectsV2Command({ Bucket: bucketName, Prefix: prefix }));
    if (IsTruncated === true) throw new Error(`More is stored under ${prefix} than one page lists`);
    return Contents.map(({ Key = '' }) => Key).sort();
  }

  /** Stores something that nobody here has announced. */
  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: bucketName, Key: key, Body: bytes }));
  }

  close(): void {
    this.#s3.destroy();
  }
}
