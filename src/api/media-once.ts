import { type ByteRange, parseByteRange } from '../media/byte-range';
import { originalKey } from '../media/keys';
import { createS3, getObject } from '../media/s3';
import { servedAs } from '../media/served-as';
import { roomOf } from '../objects';
import { Refusal } from '../protocol/errors';
import type { Media } from '../protocol/models';
import { unwrap } from '../result';
import { parseLease } from '../room/lease';
import type { ApiContext } from './context';
import type { ApiRequest } from './params';

/**
 * [ONCE-6] The bytes of a view-once medium, streamed through the Worker: no link to them exists. The room commits that they
 * left before the store is even asked, so a transfer that breaks may be repeated within the lease but never counts for nothing.
 *
 * @throws Refusal `not_found` for a lease that is unknown or another session's, `lease_over`, `message_gone`
 */
export async function getOnce(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId, sessionId } = await context.caller();
  const { lease, chatId } = leaseParam(request);
  const media = unwrap(await roomOf(context.env, chatId).serveLease(userId, sessionId, lease));
  const range = rangeOf(request, media);
  const bytes = await getObject(createS3(context.config.s3), originalKey(chatId, media.id), range);
  if (bytes === null) throw new Refusal('message_gone');
  return answer(media, range, bytes);
}

function leaseParam(request: ApiRequest): { lease: string; chatId: string } {
  const { lease } = request.params;
  const parsed = lease === undefined ? null : parseLease(lease);
  if (lease === undefined || parsed === null) throw new Refusal('not_found');
  return { lease, chatId: parsed.chatId };
}

/** What is served has no validator that an `If-Range` could match: then the whole is sent. */
function rangeOf(request: Request, media: Media): ByteRange | null {
  return request.headers.has('if-range') ? null : parseByteRange(request.headers.get('range'), media.byte_size);
}

function answer(media: Media, range: ByteRange | null, bytes: ReadableStream): Response {
  const { contentType, contentDisposition } = servedAs(media);
  const { first, last } = range ?? { first: 0, last: media.byte_size - 1 };
  const headers = new Headers({
    'content-type': contentType,
    'content-disposition': contentDisposition,
    'cache-control': 'no-store',
    'accept-ranges': 'bytes',
  });
  if (range !== null) headers.set('content-range', `bytes ${first}-${last}/${media.byte_size}`);
  const whole = new FixedLengthStream(last - first + 1);
  return new Response(bytes.pipeThrough(whole), { status: range === null ? 200 : 206, headers });
}
