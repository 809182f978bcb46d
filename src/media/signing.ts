import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { S3 } from './s3';

/** How long a link may live. */
export interface LinkLife {
  /** When signing happens; the signature counts from this, cut to the second. */
  readonly signedAt: number;
  /** Whole seconds from `signedAt`. */
  readonly seconds: number;
}

/** When a link of that life stops working, in milliseconds since the epoch. */
export function linkExpiresAt({ signedAt, seconds }: LinkLife): number {
  return Math.floor(signedAt / 1_000) * 1_000 + seconds * 1_000;
}

/** A URL that gives the object's bytes to whoever has it, for as long as `life` says [EXP-7]. Signing asks nobody. */
export function signDownload(s3: S3, key: string, life: LinkLife): Promise<string> {
  return getSignedUrl(s3.client, new GetObjectCommand({ Bucket: s3.bucket, Key: key }), {
    signingDate: new Date(life.signedAt),
    expiresIn: life.seconds,
  });
}

/** A request that whoever has it may make, exactly so. */
export interface SignedUpload {
  readonly method: 'PUT';
  readonly url: string;
  /** To be sent along; the length, which is signed too, every client sends by itself. */
  readonly headers: Record<string, string>;
}

/** A URL that takes so many bytes of that type, as long as there is no such object yet [MEDIA-1]. */
export async function signUpload(
  s3: S3,
  key: string,
  { contentType, byteSize }: { contentType: string; byteSize: number },
  life: LinkLife,
): Promise<SignedUpload> {
  const headers = { 'content-type': contentType, 'if-none-match': '*' };
  const command = new PutObjectCommand({
    Bucket: s3.bucket,
    Key: key,
    ContentType: contentType,
    ContentLength: byteSize,
    IfNoneMatch: '*',
  });
  const signed = new Set([...Object.keys(headers), 'content-length']);
  const url = await getSignedUrl(s3.client, command, {
    signingDate: new Date(life.signedAt),
    expiresIn: life.seconds,
    // Left to itself the presigner lets the type go unsigned, and moves what it can into the query.
    signableHeaders: signed,
    unhoistableHeaders: signed,
  });
  return { method: 'PUT', url, headers };
}
