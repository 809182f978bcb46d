import { Refusal } from '../protocol/errors';
import { maxImageBytes } from '../protocol/limits';
import { invalid, mediaType, readBytes } from './body';

/** Field names, boundaries and headers around an image. */
export const framingBytes = 16 * 1024;

/**
 * A form with an image in it.
 * @throws Refusal `unsupported_media_type` unless it says `multipart/form-data`, `too_large`, or `invalid`
 */
export async function readForm(request: Request): Promise<FormData> {
  if (mediaType(request) !== 'multipart/form-data') throw new Refusal('unsupported_media_type', 'Send multipart/form-data.');
  const body = await readBytes(request, maxImageBytes + framingBytes);
  try {
    // Parsed from memory: straight from the request it would be read to the end before its size is known.
    return await new Response(body, { headers: { 'content-type': request.headers.get('content-type') ?? '' } }).formData();
  } catch {
    throw invalid([{ path: '', message: 'is not multipart/form-data' }]);
  }
}

/** @throws Refusal `invalid` when there is no file in the field `file` */
export function fileOf(form: FormData): File {
  const file = form.get('file');
  if (!(file instanceof File)) throw invalid([{ path: 'file', message: 'must be a file' }]);
  return file;
}
