import { signal } from '@preact/signals';
import type { Chat, Member, Message, User } from '../../src/protocol/models';
import type { ServerRoomEvent, Welcome } from '../../src/protocol/room-frames';
import { applyHere, type Here, nobodyHere } from './here';

/** The chat itself, who is in it, and who is looking at it now. */
export class Membership {
  readonly chat = signal<Chat | null>(null);
  /** By user id. Above 100 members only those whom the room or a page of the list has told of. */
  readonly members = signal<ReadonlyMap<string, Member>>(new Map());
  /** Everybody met in this room, members or not, so that lines of those who left keep their names. */
  readonly people = signal<ReadonlyMap<string, User>>(new Map());
  readonly here = signal<Here>(nobodyHere);
  readonly #ownId: string;

  constructor(ownId: string) {
    this.#ownId = ownId;
  }

  /** Takes what changed while nobody listened; who left is told by system messages only. */
  onWelcome(welcome: Welcome): void {
    this.chat.value = welcome.chat;
    this.here.value = typeof welcome.here === 'number' ? welcome.here : new Set(welcome.here);
    const members = new Map(welcome.reset ? [] : this.members.peek());
    for (const id of welcome.messages.flatMap(leaversOf)) members.delete(id);
    this.members.value = members;
    if (welcome.chat.other_user !== undefined) this.meet([welcome.chat.other_user]);
    this.learn(welcome.members);
  }

  /** Members as the room or a page of its list tells them. */
  learn(told: readonly Member[]): void {
    if (told.length === 0) return;
    const members = new Map(this.members.peek());
    for (const member of told) members.set(member.user.id, member);
    this.members.value = members;
    this.meet(told.map(({ user }) => user));
  }

  onMembersChanged({ added, removed, roles, changed = [] }: Extract<ServerRoomEvent, { type: 'members_changed' }>): void {
    const before = this.members.peek();
    const isComplete = before.size === this.chat.peek()?.member_count;
    const members = new Map(before);
    for (const id of removed) members.delete(id);
    for (const member of added) members.set(member.user.id, member);
    // Above 100 members it may be somebody of whom this page has not been told.
    for (const member of changed) if (members.has(member.user.id)) members.set(member.user.id, member);
    for (const { user_id, role } of roles) {
      const member = members.get(user_id);
      if (member !== undefined) members.set(user_id, { ...member, role });
    }
    this.members.value = members;
    this.meet([...added, ...changed].map(({ user }) => user));
    const other = changed.find(({ user }) => user.id === this.chat.peek()?.other_user?.id)?.user;
    const ownRole = roles.find(({ user_id }) => user_id === this.#ownId)?.role;
    this.#changeChat((chat) => ({
      ...chat,
      // Where not all members are known, those that are tell only how many more or fewer there are.
      member_count: isComplete
        ? members.size
        : chat.member_count + added.filter(({ user }) => !before.has(user.id)).length - removed.length,
      my_role: ownRole ?? chat.my_role,
      ...(other === undefined ? {} : { other_user: other }),
    }));
  }

  onChatChanged({ chat }: Extract<ServerRoomEvent, { type: 'chat_changed' }>): void {
    this.#changeChat((held) => ({ ...held, ...chat }));
  }

  onHereChanged(event: Extract<ServerRoomEvent, { type: 'here_changed' }>): void {
    this.here.value = applyHere(this.here.peek(), event);
  }

  /** The chat as an answer of the server shows it, which can be ahead of the socket. */
  know(chat: Chat): void {
    this.chat.value = chat;
  }

  meet(users: readonly User[]): void {
    const people = new Map(this.people.peek());
    for (const user of users) people.set(user.id, user);
    this.people.value = people;
  }

  #changeChat(change: (chat: Chat) => Chat): void {
    const chat = this.chat.peek();
    if (chat !== null) this.chat.value = change(chat);
  }
}

/** Whom a system message says to be gone. */
function leaversOf({ system }: Message): readonly string[] {
  if (system?.kind === 'member_removed') return system.user_ids;
  return system?.kind === 'member_left' ? [system.actor_id] : [];
}
