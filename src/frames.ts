import * as v from 'valibot';
import { assertNever } from './assert-never';
import { closeCodes } from './protocol/close-codes';
import type { ErrorCode } from './protocol/errors';
import { maxClientFrameBytes, maxEventsPerFrame } from './protocol/limits';
import type { ErrorEvent } from './protocol/room-frames';
import type { Sockets } from './sockets';

/** One event of a client's frame: what it asks, or the error it gets instead [SOCK-4]. */
type ParsedEvent<Event> = { readonly ok: true; readonly event: Event } | { readonly ok: false; readonly error: ErrorEvent };
type ParsedFrame<Event> =
  | { readonly kind: 'events'; readonly events: ParsedEvent<Event>[] }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'too_large' };

/** What became of an event, for the count of those who send nothing else than what is refused [SOCK-3] [LIMIT-1]. */
export type EventFate = 'good' | 'limited' | 'bad';

/** A frame is as good as the best of its events. */
export function fateOfFrame(fates: readonly EventFate[]): EventFate {
  return fates.includes('good') ? 'good' : fates.includes('limited') ? 'limited' : 'bad';
}

/** What the client is told of a frame that is malformed as a whole. */
const malformedFrameError: ErrorEvent = {
  type: 'error',
  code: 'invalid',
  detail: `The frame is not an event or an array of up to ${maxEventsPerFrame} events in JSON.`,
};

const encoder = new TextEncoder();
/** Valibot's actions that are always given a message of ours. */
const ownWords: ReadonlySet<string> = new Set(['check', 'regex', 'raw_check', 'raw_transform']);

/** [SOCK-4] The events of a frame that a socket has sent; null where it is none, which is answered and counted, or ends the socket. */
export function takeFrame<S extends v.GenericSchema>(
  sockets: Pick<Sockets, 'send' | 'close' | 'count'>,
  socket: WebSocket,
  frame: string | ArrayBuffer,
  schema: S,
): ParsedEvent<v.InferOutput<S>>[] | null {
  const parsed = parseFrame(frame, schema);
  switch (parsed.kind) {
    case 'events':
      return parsed.events;
    case 'malformed':
      sockets.send(socket, JSON.stringify(malformedFrameError));
      sockets.count(socket, 'bad');
      return null;
    case 'too_large':
      sockets.close(socket, closeCodes.frameTooLarge, 'Frame too large');
      return null;
    default:
      return assertNever(parsed);
  }
}

/** [SOCK-4] Reads a client's frame: an event of `schema` or an array of events, each valid or not for itself. */
function parseFrame<S extends v.GenericSchema>(frame: string | ArrayBuffer, schema: S): ParsedFrame<v.InferOutput<S>> {
  if (isTooLarge(frame)) return { kind: 'too_large' };
  if (typeof frame !== 'string') return { kind: 'malformed' };
  let parsed: unknown;
  try {
    parsed = JSON.parse(frame);
  } catch {
    return { kind: 'malformed' };
  }
  const events: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  if (events.length === 0 || events.length > maxEventsPerFrame) return { kind: 'malformed' };
  return { kind: 'events', events: parseEvents(events, schema) };
}

/** Each valid or not for itself. */
export function parseEvents<S extends v.GenericSchema>(inputs: readonly unknown[], schema: S): ParsedEvent<v.InferOutput<S>>[] {
  return inputs.map((input) => parseEvent(input, schema));
}

/** UTF-8 needs one to three bytes a code unit: most frames need not be encoded to be measured. */
function isTooLarge(frame: string | ArrayBuffer): boolean {
  if (typeof frame !== 'string') return frame.byteLength > maxClientFrameBytes;
  if (frame.length > maxClientFrameBytes) return true;
  return frame.length * 3 > maxClientFrameBytes && encoder.encode(frame).length > maxClientFrameBytes;
}

function parseEvent<S extends v.GenericSchema>(input: unknown, schema: S): ParsedEvent<v.InferOutput<S>> {
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (result.success) return { ok: true, event: result.output };
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  // A valibot message quotes what it received, and that may be message text: only our own words leave.
  const detail =
    path === null
      ? 'The event is not an object of a known type.'
      : `\`${path}\` ${issue.kind === 'schema' || !ownWords.has(issue.type) ? 'has a wrong type or value' : issue.message}`;
  const ref = refOf(input);
  return { ok: false, error: { type: 'error', code: 'invalid', detail, ...(ref === undefined ? {} : { ref }) } };
}

const referable = v.looseObject({ ref: v.optional(v.unknown()), id: v.optional(v.unknown()), message_id: v.optional(v.unknown()) });
const shortString = v.pipe(v.string(), v.maxLength(64));

/** The event's `id`, `message_id` or own `ref`, by which the client finds what an error answers. */
export function refOf(input: unknown): string | undefined {
  const result = v.safeParse(referable, input);
  if (!result.success) return undefined;
  return [result.output.id, result.output.message_id, result.output.ref].find((candidate): candidate is string =>
    v.is(shortString, candidate),
  );
}

/** `ref` names the event that is refused. */
export function errorEvent(code: ErrorCode, detail: string, ref?: string, retryAfterMs?: number): ErrorEvent {
  return {
    type: 'error',
    code,
    detail,
    ...(ref === undefined ? {} : { ref }),
    ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
  };
}
