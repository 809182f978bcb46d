import * as v from 'valibot';
import { type FieldError, Refusal } from '../protocol/errors';
import { maxJsonBodyBytes } from '../protocol/limits';
import { readStream } from '../read-bytes';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * The request's JSON body, read no further than `maxBytes` and checked.
 *
 * @throws Refusal `unsupported_media_type` unless it says `application/json`, `too_large`, or `invalid` naming each field.
 */
export async function readBody<S extends v.GenericSchema>(
  request: Request,
  schema: S,
  maxBytes = maxJsonBodyBytes,
): Promise<v.InferOutput<S>> {
  mustBeJson(request);
  return parseBody(schema, await readBytes(request, maxBytes));
}

/** @throws Refusal `unsupported_media_type` unless the request says `application/json` */
export function mustBeJson(request: Request): void {
  if (mediaType(request) !== 'application/json') throw new Refusal('unsupported_media_type', 'Send application/json.');
}

/** @throws Refusal `invalid` for what is no JSON, or naming each field */
export function parseBody<S extends v.GenericSchema>(schema: S, bytes: Uint8Array): v.InferOutput<S> {
  return validate(schema, parseJson(bytes));
}

/** Like {@link readBody} for calls that need no body: none at all counts as `{}`. */
export async function readOptionalBody<S extends v.GenericSchema>(request: Request, schema: S): Promise<v.InferOutput<S>> {
  return mediaType(request) === null ? validate(schema, {}) : readBody(request, schema);
}

/**
 * `input` as the schema makes it.
 *
 * @throws Refusal `invalid` with a path and a reason a field; reasons never repeat the input.
 */
export function validate<S extends v.GenericSchema>(schema: S, input: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, input, { message: describeIssue });
  if (result.success) return result.output;
  throw invalid(result.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message })));
}

/** A refusal of single fields, for rules that no schema can express. */
export function invalid(fields: FieldError[]): Refusal {
  return new Refusal('invalid', undefined, { fields });
}

/**
 * The body's bytes.
 *
 * @throws Refusal `too_large` as soon as more than `maxBytes` were announced or have come.
 */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = new Refusal('too_large', `Send at most ${maxBytes} bytes.`);
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > maxBytes) throw tooLarge;
  const bytes = await readStream(request.body, announced, maxBytes);
  if (bytes === null) throw tooLarge;
  return bytes;
}

/** The essence of the `Content-Type`, lower-case and without parameters; `null` when there is none. */
export function mediaType(request: Request): string | null {
  return request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? null;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw invalid([{ path: '', message: 'is not JSON' }]);
  }
}

/** Stands in for valibot's own messages, which quote what they received: a password must not come back in a problem. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'schema' && issue.received === 'undefined') return 'is required';
  return issue.expected === null ? 'is not valid' : `must be ${issue.expected}`;
}
