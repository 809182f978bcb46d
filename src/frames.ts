import * as v from 'valibot';
import { maxClientFrameBytes, maxEventsPerFrame } from './protocol/limits';
import type { ErrorEvent } from './protocol/room-frames';

/** One event of a client's frame: what it asks, or the error it gets instead [SOCK-4]. */
export type ParsedEvent<Event> = { readonly ok: true; readonly event: Event } | { readonly ok: false; readonly error: ErrorEvent };
export type ParsedFrame<Event> =
  | { readonly kind: 'events'; readonly events: ParsedEvent<Event>[] }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'too_large' };

const encoder = new TextEncoder();

/** [SOCK-4] Reads a client's frame: an event or an array of events of `schema`, each valid or not for itself. */
export function parseFrame<Event>(schema: v.GenericSchema<unknown, Event>, frame: string | ArrayBuffer): ParsedFrame<Event> {
  if (typeof frame !== 'string') return { kind: 'malformed' };
  if (frame.length > maxClientFrameBytes || (frame.length * 3 > maxClientFrameBytes && encoder.encode(frame).length > maxClientFrameBytes))
    return { kind: 'too_large' };
  let parsed: unknown;
  try {
    parsed = JSON.parse(frame);
  } catch {
    return { kind: 'malformed' };
  }
  const events = Array.isArray(parsed) ? parsed : [parsed];
  if (events.length === 0 || events.length > maxEventsPerFrame) return { kind: 'malformed' };
  return { kind: 'events', events: parseEvents(schema, events) };
}

/** Each valid or not for itself. */
export function parseEvents<Event>(schema: v.GenericSchema<unknown, Event>, inputs: readonly unknown[]): ParsedEvent<Event>[] {
  return inputs.map((input) => parseEvent(schema, input));
}

function parseEvent<Event>(schema: v.GenericSchema<unknown, Event>, input: unknown): ParsedEvent<Event> {
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (result.success) return { ok: true, event: result.output };
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  // A valibot message quotes what it received, and that may be message text: only our own words leave.
  const detail =
    path === null
      ? 'The event is not an object of a known type.'
      : `\`${path}\` ${issue.type === 'check' || issue.type === 'regex' ? issue.message : 'has a wrong type or value'}`;
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
