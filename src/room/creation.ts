import type { Profile } from '../directory/users';
import type { ExpiryChoice, SystemFacts } from '../protocol/models';
import { Blocks } from './blocks';
import { applySystemMessage, blankMessage } from './sending';
import type { MemberState, MessageState, RoomFacts } from './state';
import type { RoomStore } from './store';
import type { Turn } from './turn';

/** What the Worker asks of a room that may not exist yet. Every profile is of an existing user; the creator is not among `members`. */
export interface CreateRoom {
  readonly id: string;
  readonly isGroup: boolean;
  readonly name: string | null;
  readonly creator: Profile;
  readonly members: readonly Profile[];
  /** The creator's choice; null for what new chats begin with. */
  readonly expiry: ExpiryChoice | null;
}

/** [EXP-6] What new chats begin with. */
const directPolicy = { expires_in_seconds: 86_400, expire_mode: 'after_read' } as const;
const groupPolicy = { expires_in_seconds: 604_800, expire_mode: 'after_send' } as const;

/** Rev and seq of the commit that makes a room. */
export const creationRev = 1;
const creationSeq = 1;

/** Writes a new room: its row, its members and the line that says who made it [SEND-9]. Call it inside a transaction. */
export function createRoom(
  store: RoomStore,
  order: CreateRoom,
  ids: { readonly epoch: string; readonly messageId: string },
  now: number,
): void {
  const policy = order.expiry ?? (order.isGroup ? groupPolicy : directPolicy);
  const facts: Omit<RoomFacts, 'purgedRev'> = {
    id: order.id,
    epoch: ids.epoch,
    isGroup: order.isGroup,
    name: order.name,
    createdAt: now,
    policy: { ...policy, version: 1, changed_by: order.expiry === null ? null : order.creator.user.id, changed_at: now },
  };
  // [BLOCK-1] For somebody who blocks the creator there is no chat yet.
  const isConcealed = new Blocks(store.blocks()).areAgainst(order.creator.user.id);
  store.insertRoom(facts);
  for (const profile of [order.creator, ...order.members]) {
    // In a direct chat both are on a par.
    const role = profile === order.creator || !order.isGroup ? 'owner' : 'member';
    store.insertMember(profile.user.id, role, now, 0, creationRev, profile, isConcealed && profile !== order.creator);
  }
  store.messages.insert({ ...createdMessage(order, ids.messageId, now), hiddenAt: isConcealed ? now : null });
  store.jobs.put({ kind: 'project_chat', key: order.id }, now);
}

/** [BLOCK-1] Somebody for whom the chat was not there makes it: it begins for them with a line of its own, which nobody else is shown. */
export function applyOpening(turn: Turn, member: MemberState): void {
  const { room } = turn;
  room.store.reveal(member.n, turn.touchAsNews());
  room.reloadRoster();
  const others = room.roster.present().filter(({ n }) => n !== member.n);
  applySystemMessage(turn, member, { kind: 'created', user_ids: others.map(({ profile }) => profile.user.id), value: null }, true);
}

function createdMessage(order: CreateRoom, id: string, now: number): MessageState {
  const facts: SystemFacts = {
    kind: 'created',
    actor_id: order.creator.user.id,
    user_ids: order.members.map((member) => member.user.id),
    value: order.name,
  };
  return {
    ...blankMessage,
    seq: creationSeq,
    id,
    sender: 1,
    rev0: creationRev,
    type: 'system',
    body: JSON.stringify(facts),
    createdAt: now,
  };
}
