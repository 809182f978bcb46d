import { type ByteRange, parseByteRange } from '../media/byte-range';
import { createS3, getObject, originalKey } from '../media/s3';
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
  const { first, last } = range ?? { first: 0, last: media.byte_size - 1 };
  const headers = new Headers({
    'content-type': media.mime_type,
    'content-disposition': contentDisposition(media),
    'cache-control': 'no-store',
    'accept-ranges': 'bytes',
  });
  if (range !== null) headers.set('content-range', `bytes ${first}-${last}/${media.byte_size}`);
  const whole = new FixedLengthStream(last - first + 1);
  return new Response(bytes.pipeThrough(whole), { status: range === null ? 200 : 206, headers });
}

/** What browsers show in place they may show; files are saved, whatever they hold [MEDIA-1]. */
function contentDisposition({ mime_type, file_name }: Media): string {
  if (/^(image|video|audio)\//.test(mime_type)) return 'inline';
  return file_name === null ? 'attachment' : `attachment; filename*=UTF-8''${encodeRfc5987(file_name)}`;
}

function encodeRfc5987(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
