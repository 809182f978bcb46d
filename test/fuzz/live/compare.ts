import type { Message } from '../../../src/protocol/models';
import { toldProgress } from '../model/blocks';
import { expectMissed, expectSame } from '../model/compare';
import { type Eyes, presentMembers, presentMessage, visibleMessages } from '../model/present';
import type { Replica } from '../model/replica';
import type { RoomModel } from '../model/room-model';
import type { ModelMessage } from '../model/state';

/** Between an asking and its being heard so much may go by. */
export const slackMs = 5_000;

const userOf = (id: string) => ({ id, username: '', display_name: '', avatar_url: null, deleted: false });

/** Times are the real room's own: of these only whether there are any; what a session works out for itself is left out. */
function comparable(message: Message, isLasting: boolean) {
  const {
    edited_at,
    deleted_at,
    lease_expires_at,
    replay_until,
    expires_at,
    created_at,
    erased_at: _,
    receipts,
    view_state,
    ...rest
  } = message;
  const times = { edited: edited_at !== null, deleted: deleted_at !== null };
  const created = message.message_type === 'system' ? null : created_at;
  // A live session hears of the ends of what it has opened, and of counts, from a new connection.
  const seen =
    isLasting && deleted_at !== null ? {} : { view_state, leased: lease_expires_at !== undefined, again: replay_until !== undefined };
  const told = isLasting ? {} : { receipts, ends: expires_at !== null };
  return { ...rest, ...times, created, ...seen, ...told };
}

/** System lines have their ids from the room. */
function nameLines(model: RoomModel, messages: Iterable<Message>): void {
  for (const { seq, id, message_type } of messages) if (message_type === 'system') model.notice({ kind: 'name_line', seq, id }, 0);
}

/** @throws Disagreement */
function expectMessage(model: RoomModel, expected: ModelMessage, got: Message, eyes: Eyes, now: number, isLasting: boolean): void {
  const wanted = presentMessage(model, expected, eyes, now);
  expectSame(`message ${expected.seq}`, comparable(got, isLasting), comparable(wanted, isLasting));
  const [told, meant] = [got.expires_at, wanted.expires_at];
  if (!isLasting && told !== null && meant !== null) expectSame('when it ends', Math.abs(told - meant) < slackMs, true);
}

/** A page or a first frame is what the model says. @throws Disagreement */
export function expectMessages(
  model: RoomModel,
  expected: readonly ModelMessage[],
  got: readonly Message[],
  eyes: Eyes,
  now: number,
  isLasting = false,
): void {
  nameLines(model, got);
  const seqs = (messages: readonly { readonly seq: number }[]) => messages.map(({ seq }) => seq);
  expectSame('which messages', seqs(got), seqs(expected));
  expected.forEach((message, index) => {
    const one = got[index];
    if (one !== undefined) expectMessage(model, message, one, eyes, now, isLasting);
  });
}

/** What a session holds is what the model says. @throws Disagreement */
export function expectConverged(model: RoomModel, replica: Replica, eyes: Eyes, now: number, missesReceipts: boolean): void {
  const held = [...replica.messages.values()].sort((a, b) => a.seq - b.seq);
  const visible = visibleMessages(model, eyes.stay).filter(({ seq }) => seq >= replica.from);
  expectMessages(model, visible, held, eyes, now, true);
  const facts = (members: readonly { readonly user: { readonly id: string }; readonly role: string }[]) =>
    members.map(({ user, role }) => `${user.id} ${role}`).sort();
  expectSame('the members', facts([...replica.members.values()]), facts(presentMembers(model, userOf)));
  const { name, policy } = model.state;
  const chat = { name: replica.chat?.name, seconds: replica.chat?.policy.expires_in_seconds, version: replica.chat?.policy.version };
  expectSame('the chat', chat, { name, seconds: policy.expires_in_seconds, version: policy.version });
  for (const stay of missesReceipts ? [] : model.present()) {
    const cursor = replica.cursors.get(stay.userId) ?? { user_id: stay.userId, delivered_seq: 0, read_seq: 0 };
    const told = toldProgress(model.state, eyes.stay, stay);
    const from = (seq: number) => Math.max(seq, stay.joinedSeq);
    expectSame('a cursor', [from(cursor.delivered_seq), from(cursor.read_seq)], [from(told.delivered), from(told.read)]);
    expectMissed(model.state, eyes, cursor);
  }
}
