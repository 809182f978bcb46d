import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { type Message, message as messageSchema } from '../../../src/protocol/models';
import type { Cursor } from '../../../src/protocol/room-frames';
import { toldProgress } from './blocks';
import { dayMs } from './clocks';
import { type Eyes, isUncleaned, presentMembers, presentMessage, visibleMessages } from './present';
import type { Replica } from './replica';
import type { RoomModel } from './room-model';
import type { ModelMessage, ModelState, Stay } from './state';

/** What the reference and the room disagree about. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement';

  constructor(what: string, got: unknown, expected: unknown) {
    super(`${what}\n  got:      ${JSON.stringify(got)}\n  expected: ${JSON.stringify(expected)}`);
  }
}

/** @throws Disagreement */
export function expectSame(what: string, got: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(got, expected)) throw new Disagreement(what, got, expected);
}

/** When the bytes are gone is the outside's matter; what is between its end and the cleaning may say less of how it ended. */
function comparable(message: Message, uncleaned: boolean): Partial<Message> {
  const { erased_at: _, ...rest } = message;
  if (!uncleaned) return rest;
  const { deleted_reason, view_state, lease_expires_at, replay_until, receipts, ...certain } = rest;
  return certain;
}

/** The message as the room tells it to these eyes must be the model's, to the last field. @throws Disagreement */
export function expectMessage(model: RoomModel, expected: ModelMessage, got: unknown, eyes: Eyes, now: number): void {
  const parsed = v.parse(messageSchema, got);
  const uncleaned = isUncleaned(model, expected, eyes.stay, now);
  const wanted = presentMessage(model, expected, eyes, now);
  expectSame(`message ${expected.seq}`, comparable(parsed, uncleaned), comparable(wanted, uncleaned));
  if (parsed.erased_at !== undefined && (parsed.deleted_at === null || parsed.sender_id !== eyes.stay.userId || parsed.erased_at > now)) {
    throw new Disagreement(`[EXP-5] erased_at of message ${expected.seq}`, parsed, wanted);
  }
}

/** @throws Disagreement unless the messages are exactly `expected`, in this order */
export function expectMessages(
  model: RoomModel,
  expected: readonly ModelMessage[],
  got: readonly Message[],
  eyes: Eyes,
  now: number,
): void {
  expectSame(
    'which messages',
    got.map(({ seq }) => seq),
    expected.map(({ seq }) => seq),
  );
  expected.forEach((message, index) => void expectMessage(model, message, got[index], eyes, now));
}

/** What is told only to whoever asks anew: a live session works these out, or does without. */
function lasting({ receipts, expires_at, erased_at, lease_expires_at, replay_until, view_state, ...rest }: Message) {
  return rest.deleted_at === null ? { ...rest, view_state, lease_expires_at, replay_until } : rest;
}

/**
 * A session that has heard everything holds what the model says.
 * @param missesReceipts where the others' cursors may lag
 * @throws Disagreement
 */
export function expectConverged(model: RoomModel, replica: Replica, eyes: Eyes, now: number, missesReceipts: boolean): void {
  // The server may have forgotten old tombstones that the session still holds.
  const isForgotten = ({ deleted_at }: Pick<Message, 'deleted_at'>) => deleted_at !== null && deleted_at <= now - 30 * dayMs;
  const wanted = visibleMessages(model, eyes.stay)
    .filter(({ seq }) => seq >= replica.from)
    .map((message) => presentMessage(model, message, eyes, now))
    .filter((message) => !isForgotten(message));
  const held = [...replica.messages.values()].filter((message) => !isForgotten(message)).sort((a, b) => a.seq - b.seq);
  expectSame(
    'which messages a session holds',
    held.map(({ seq }) => seq),
    wanted.map(({ seq }) => seq),
  );
  wanted.forEach((message, index) => {
    const own = held[index];
    if (own === undefined) return;
    expectSame(`message ${message.seq} as a session holds it`, lasting(own), lasting(message));
    if (message.expires_at !== null && own.expires_at !== null && own.expires_at < message.expires_at)
      throw new Disagreement(`the end of message ${message.seq} as a session holds it`, own, message);
  });
  const byId = <T>(items: readonly T[], idOf: (item: T) => string) => [...items].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  expectSame(
    'members as a session holds them',
    byId([...replica.members.values()], ({ user }) => user.id).map(({ user, role, joined_at }) => [user.id, role, joined_at]),
    byId(
      presentMembers(model, (id) => ({ id, username: '', display_name: '', avatar_url: null, deleted: false })),
      ({ user }) => user.id,
    ).map(({ user, role, joined_at }) => [user.id, role, joined_at]),
  );
  expectSame('the chat as a session holds it', [replica.chat?.name, replica.chat?.policy], [model.state.name, model.state.policy]);
  for (const stay of missesReceipts ? [] : model.present()) expectCursor(model, replica, eyes, stay);
}

function expectCursor({ state }: RoomModel, replica: Replica, eyes: Eyes, stay: Stay): void {
  const { userId, joinedSeq } = stay;
  const held = replica.cursors.get(userId) ?? { user_id: userId, delivered_seq: 0, read_seq: 0 };
  const told = toldProgress(state, eyes.stay, stay);
  // Of whoever joined while the session listened nothing was told: they had nothing before to get.
  expectSame(
    'a cursor as a session holds it',
    [Math.max(held.delivered_seq, joinedSeq), Math.max(held.read_seq, joinedSeq)],
    [Math.max(told.delivered, joinedSeq), Math.max(told.read, joinedSeq)],
  );
  expectMissed(state, eyes, held);
}

/** [BLOCK-1] A cursor that passes over what its owner was never shown says so to whoever sent it, and of nothing else. */
export function expectMissed(state: ModelState, { stay }: Eyes, { user_id, delivered_seq, missed = [] }: Cursor): void {
  if (user_id === stay.userId) return expectSame('[BLOCK-1] where one’s own cursor means nothing', missed, []);
  for (const { senderId, seq, hidden, type } of state.messages.values()) {
    if (senderId !== stay.userId || type === 'system' || seq > delivered_seq) continue;
    const isMissed = missed.some(({ from_seq, to_seq }) => from_seq <= seq && seq <= to_seq);
    expectSame(`[BLOCK-1] whether a cursor means nothing for message ${seq}`, isMissed, hidden === 'always');
  }
}
