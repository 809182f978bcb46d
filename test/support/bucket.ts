import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';

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

  /** Everything stored for a chat, in order of key. */
  async keysOf(chatId: string): Promise<string[]> {
    const { Contents = [] } = await this.#s3.send(new ListObjectsV2Command({ Bucket: 'relayhub-media', Prefix: `rooms/${chatId}/` }));
    return Contents.map(({ Key = '' }) => Key).sort();
  }

  close(): void {
    this.#s3.destroy();
  }
}
