import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { HttpHandlerOptions } from '@smithy/types';
import type { S3Config } from '../config';
import type { ByteRange } from './byte-range';
import { originalKey, thumbnailKey, uploadKey } from './keys';
import type { ServedAs } from './served-as';

/** A store that has not answered by then will not: the attempt is given up and, while a caller waits, made again. */
const attemptTimeoutMs = 8_000;
const maxAttempts = 3;
/** Below the 10 s that the outbox allows for a job: an erasure that hangs has ended when the outbox tries it again. */
const eraseTimeoutMs = 8_000;
/** A put of 50 MiB that takes longer is slower than the upload was. */
export const streamTimeoutMs = 60_000;
/** For a piece of at most a megabyte. */
export const pieceTimeoutMs = 15_000;

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

/** What is stored, and how it is served. */
export interface PutOrder extends ServedAs {
  readonly key: string;
  /** Bytes, or what makes a stream of them: one for each attempt. */
  readonly body: Uint8Array | (() => Promise<ReadableStream<Uint8Array>>);
  readonly byteSize: number;
}

/**
 * Stores an object that no cache keeps [EXP-7]; the same key again replaces it.
 * The headers are the object's own: not every store lets a signed GET override them.
 *
 * @throws the SDK's error after 3 attempts of 8 s; of a stream, after 3 or the first that takes 60 s; what `body` throws, at once
 */
export async function putObject(s3: S3, { body, ...order }: PutOrder): Promise<void> {
  if (body instanceof Uint8Array) return put(s3, order, body, {});
  for (let attempt = 1; ; attempt++) {
    const stream = await body();
    const abortSignal = AbortSignal.timeout(streamTimeoutMs);
    try {
      // The length that the stream promises is the one sent: workerd takes no other, and cuts the request off should it end early.
      return await put(s3, order, stream.pipeThrough(new FixedLengthStream(order.byteSize)), {
        // Longer than the signal, by which a timeout is known below.
        requestTimeout: 2 * streamTimeoutMs,
        abortSignal,
      });
    } catch (error) {
      // The SDK does not send a stream twice. Somebody waits: who took the whole time once is not given it again.
      if (attempt === maxAttempts || abortSignal.aborted || (error instanceof S3ServiceException && error.$fault === 'client')) throw error;
    }
  }
}

async function put(s3: S3, order: Omit<PutOrder, 'body'>, body: Uint8Array | ReadableStream, options: HttpHandlerOptions): Promise<void> {
  const command = new PutObjectCommand({
    Bucket: s3.bucket,
    Key: order.key,
    Body: body,
    ContentType: order.contentType,
    ContentLength: order.byteSize,
    ContentDisposition: order.contentDisposition,
    CacheControl: 'private, no-store',
  });
  await s3.client.send(command, options);
}

/** One state of an object: what is read of it later is refused once it is another. */
export interface ObjectState {
  readonly byteSize: number;
  readonly etag: string;
}

/** `null` when there is no such object. @throws the SDK's error after 3 attempts of 8 s */
export async function headObject(s3: S3, key: string): Promise<ObjectState | null> {
  try {
    const { ContentLength, ETag } = await s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: key }));
    if (ContentLength === undefined || ETag === undefined) throw new Error('the store does not say what it has');
    return { byteSize: ContentLength, etag: ETag };
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

/**
 * The object's bytes as they come, all of them or the range; `null` when there is no such object, or not in that state any more.
 *
 * @param options.etag the state it must be in
 * @param options.timeoutMs until the last byte is here; without, whoever reads may take their time
 * @throws the SDK's error after 3 attempts of 8 s to begin; the stream fails when the store does later.
 */
export async function getObject(
  s3: S3,
  key: string,
  range: ByteRange | null,
  options: { etag?: string; timeoutMs?: number } = {},
): Promise<ReadableStream<Uint8Array> | null> {
  const part = range === null ? {} : { Range: `bytes=${range.first}-${range.last}` };
  const state = options.etag === undefined ? {} : { IfMatch: options.etag };
  const limits = options.timeoutMs === undefined ? {} : { abortSignal: AbortSignal.timeout(options.timeoutMs) };
  try {
    const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key, ...part, ...state }), limits);
    return Body?.transformToWebStream() ?? null;
  } catch (error) {
    const isChanged = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412;
    if (error instanceof NoSuchKey || isChanged) return null;
    throw error;
  }
}

/**
 * Erases all that is stored of a medium [EXP-5]. What is not there counts as erased, so it may be repeated for ever.
 *
 * @throws the SDK's error when a part could not be erased in time; the others may be gone by then.
 */
export function eraseMedia(s3: S3, chatId: string, mediaId: string, timeoutMs = eraseTimeoutMs): Promise<void> {
  return eraseObjects(s3, [originalKey(chatId, mediaId), thumbnailKey(chatId, mediaId), uploadKey(chatId, mediaId)], timeoutMs);
}

/** @param timeoutMs for all of it, whatever the client's own attempts: who erases tries again by themselves. */
export async function eraseObjects(s3: S3, keys: readonly string[], timeoutMs = eraseTimeoutMs): Promise<void> {
  const abortSignal = AbortSignal.timeout(timeoutMs);
  await Promise.all(keys.map((Key) => s3.client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key }), { abortSignal })));
}

/** What a listing tells of an object. */
export interface ListedObject {
  readonly key: string;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly storedAt: number;
}

/** A page of the objects whose keys begin with `prefix`, in order of key; `after` is the last one's of the page before. */
export async function listObjects(s3: S3, prefix: string, after: string | null): Promise<{ objects: ListedObject[]; isLast: boolean }> {
  const page = after === null ? {} : { StartAfter: after };
  const { Contents = [], IsTruncated } = await s3.client.send(new ListObjectsV2Command({ Bucket: s3.bucket, Prefix: prefix, ...page }));
  const objects = Contents.map(({ Key = '', LastModified }) => ({ key: Key, storedAt: LastModified?.getTime() ?? 0 }));
  return { objects, isLast: IsTruncated !== true || objects.length === 0 };
}
