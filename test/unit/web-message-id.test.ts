import * as v from 'valibot';
import { expect, test } from 'vitest';
import { uuid } from '../../src/protocol/text';
import { newMessageId } from '../../web/wire/message-id';

const idAt = (now: number) => newMessageId({ now: () => now, newId: () => crypto.randomUUID() });

test("[SEND-1] a message's id is a UUID of version 7, the time first", () => {
  const id = idAt(0x0199_1234_abcd);
  expect(v.is(uuid, id)).toBe(true);
  expect(id).toMatch(/^01991234-abcd-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  expect(idAt(5)).toMatch(/^00000000-0005-7/);
});

test('[SEND-1] later ids sort behind earlier ones, and two of one moment differ', () => {
  const times = [1_800_000_000_000, 1_800_000_000_001, 1_800_000_065_536, 1_900_000_000_000];
  const ids = times.map(idAt);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(Array.from({ length: 1_000 }, () => idAt(1_800_000_000_000))).size).toBe(1_000);
});
