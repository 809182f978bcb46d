import * as v from 'valibot';
import { maxClientFrameBytes, maxEventsPerFrame } from '../../src/protocol/limits';
import { parseJson } from './http';

/** The events of one frame that this client knows; others are left out in silence [SOCK-4]. */
export function readFrame<Schema extends v.GenericSchema>(schema: Schema, text: string): v.InferOutput<Schema>[] {
  const frame = parseJson(text);
  const events: v.InferOutput<Schema>[] = [];
  for (const candidate of Array.isArray(frame) ? frame : [frame]) {
    const parsed = v.safeParse(schema, candidate);
    if (parsed.success) events.push(parsed.output);
  }
  return events;
}

const utf8 = new TextEncoder();

/** Cuts events into as few frames as the limits of client frames allow, in order. */
export function packFrames(events: readonly object[]): string[] {
  const frames: string[] = [];
  let batch: string[] = [];
  let batchBytes = 0;
  const flush = () => {
    if (batch.length > 0) frames.push(batch.length === 1 ? batch.join() : `[${batch.join()}]`);
    batch = [];
    batchBytes = 2;
  };
  for (const event of events) {
    const text = JSON.stringify(event);
    const bytes = utf8.encode(text).length + 1;
    if (batch.length === maxEventsPerFrame || batchBytes + bytes > maxClientFrameBytes) flush();
    batch.push(text);
    batchBytes += bytes;
  }
  flush();
  return frames;
}
