import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { S3Config } from '../config';
import type { ByteRange } from './byte-range';

/** A store that has not answered by then will not: the attempt is given up and, while a caller waits, made again. */
const attemptTimeoutMs = 8_000;
const maxAttempts = 3;
/** Below the 10 s that the outbox allows for a job: an erasure that hangs has ended when the outbox tries it again. */
const eraseTimeoutMs = 8_000;

/** The store of media bytes: any service that speaks the S3 API. */
export interface S3 {
  readonly client: S3Client;
  readonly bucket: string;
}

/**
 * A client of the media store. One a request or drain: workerd ties pending I/O to the request that began it,
 * so a client must not be shared between them.
 */
export function createS3(config: S3Config): S3 {
  const client = new S3Client({
    endpoint: config.endpoint,
    region: config.region,
    credentials: { accessKeyId: config.accessKeyId, secretAccessKey: config.secretAccessKey },
    // R2, and what serves its API on this machine, are addressed by path.
    forcePathStyle: true,
    // R2 does not know the CRC trailers that the SDK adds since 2025 unless told otherwise.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts,
    requestHandler: { requestTimeout: attemptTimeoutMs },
  });
  return { client, bucket: config.bucket };
}

/** Key of a medium's bytes; a function of ids, so that whoever erases needs no list. */
export function originalKey(chatId: string, mediaId: string): string {
  return `rooms/${chatId}/${mediaId}/original`;
}

export function thumbnailKey(chatId: string, mediaId: string): string {
  return `rooms/${chatId}/${mediaId}/thumbnail`;
}

/**
 * Stores an image that browsers show in place and no cache keeps [EXP-7]; the same key again replaces it.
 * The headers are the object's own: not every store lets a signed GET override them.
 *
 * @throws the SDK's error after 3 attempts of 8 s.
 */
export async function putObject(s3: S3, key: string, bytes: Uint8Array, contentType: string): Promise<void> {
  await s3.client.send(
    new PutObjectCommand({
      Bucket: s3.bucket,
      Key: key,
      Body: bytes,
      ContentType: contentType,
      ContentLength: bytes.length,
      ContentDisposition: 'inline',
      CacheControl: 'private, no-store',
    }),
  );
}

/**
 * The object's bytes as they come, all of them or the range; `null` when there is no such object.
 *
 * @throws the SDK's error after 3 attempts of 8 s to begin; the stream fails when the store does later.
 */
export async function getObject(s3: S3, key: string, range: ByteRange | null): Promise<ReadableStream | null> {
  const part = range === null ? {} : { Range: `bytes=${range.first}-${range.last}` };
  try {
    const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key, ...part }));
    return Body?.transformToWebStream() ?? null;
  } catch (error) {
    if (error instanceof NoSuchKey) return null;
    throw error;
  }
}

/**
 * Erases a medium and its thumbnail [EXP-5]. What is not there counts as erased, so it may be repeated for ever.
 *
 * @param timeoutMs for all of it, whatever the client's own attempts: who erases tries again by themselves.
 * @throws the SDK's error when either could not be erased in time; the other may be gone by then.
 */
export async function eraseMedia(s3: S3, chatId: string, mediaId: string, timeoutMs = eraseTimeoutMs): Promise<void> {
  const keys = [originalKey(chatId, mediaId), thumbnailKey(chatId, mediaId)];
  const abortSignal = AbortSignal.timeout(timeoutMs);
  await Promise.all(keys.map((Key) => s3.client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key }), { abortSignal })));
}

/** How long a link may live. */
export interface LinkLife {
  /** When signing happens; the signature counts from this, cut to the second. */
  readonly signedAt: number;
  /** Whole seconds from `signedAt`. */
  readonly seconds: number;
}

/** A URL that gives the object's bytes to whoever has it, for as long as `life` says [EXP-7]. Signing asks nobody. */
export async function signDownload(s3: S3, key: string, life: LinkLife): Promise<string> {
  return getSignedUrl(s3.client, new GetObjectCommand({ Bucket: s3.bucket, Key: key }), {
    signingDate: new Date(life.signedAt),
    expiresIn: life.seconds,
  });
}
