import { largeRoomMembers } from '../protocol/limits';
import type { ServerRoomEvent, Welcome } from '../protocol/room-frames';
import type { Sockets } from '../sockets';
import { Here } from './here';
import type { LiveRoom } from './live-room';
import type { MemberState } from './state';
import type { Turn } from './turn';
import { Typing } from './typing';

export interface CompanyOptions {
  readonly sockets: Sockets;
  readonly room: () => LiveRoom | null;
  readonly now: () => number;
}

/**
 * Who is here and who types: told to the others, lost with a lagging socket, stored nowhere [LIVE-1] [LIVE-2]. Neither side of a
 * direct chat is told of the other while one blocks the other [BLOCK-1].
 */
export class Company {
  readonly #options: CompanyOptions;
  readonly #typing = new Typing();
  readonly #here: Here;

  constructor(options: CompanyOptions) {
    this.#options = options;
    this.#here = new Here({
      isHere: (userId) => options.sockets.isHere(userId),
      tell: (change) => this.#tellHere(change),
      now: options.now,
    });
  }

  /** What a user's welcome says of it. */
  welcomeOf(userId: string): Pick<Welcome, 'here' | 'typing'> {
    const typing = this.#typing.current(this.#options.now());
    if (this.#isSilenced()) return { here: [userId], typing: typing.filter((typist) => typist.user_id === userId) };
    return { here: [...new Set([...this.#options.sockets.usersHere(), ...this.#here.lingering(), userId])], typing };
  }

  /** The user's first socket is open. */
  came(userId: string): void {
    this.#here.came(userId);
  }

  /** The user's last socket is closed. */
  went(userId: string): void {
    this.stopTyping(userId);
    this.#here.went(userId);
  }

  startTyping(userId: string): void {
    const expiresAt = this.#typing.start(userId, this.#options.now());
    if (expiresAt !== null) this.#send({ type: 'user_typing', user_id: userId, expires_at: expiresAt }, userId);
  }

  stopTyping(userId: string): void {
    if (this.#typing.stop(userId, this.#options.now())) this.#send({ type: 'user_stopped_typing', user_id: userId }, userId);
  }

  /** Who has sent something in the turn types no more: said with what they sent. */
  stopSenders({ senders, outgoing, now }: Turn): void {
    for (const userId of senders) {
      const isFor = this.#isSilenced() ? (id: string) => id === userId : null;
      if (this.#typing.stop(userId, now)) outgoing.share({ type: 'user_stopped_typing', user_id: userId }, isFor);
    }
  }

  /** [BLOCK-1] For each of the members the others go when a block begins, and come when the last one ends. */
  blocksChanged(members: readonly MemberState[]): void {
    const areGone = this.#isSilenced();
    const userIds = members.map(({ profile }) => profile.user.id);
    for (const userId of userIds) {
      const others = userIds.filter((id) => id !== userId);
      const here = others.filter((id) => !areGone && this.#options.sockets.isHere(id));
      const events: ServerRoomEvent[] = areGone ? others.map((user_id) => ({ type: 'user_stopped_typing', user_id })) : [];
      if (areGone || here.length > 0) events.push({ type: 'here_changed', here, away: areGone ? others : [] });
      if (events.length > 0) this.#sendToUser(userId, events);
    }
  }

  #tellHere({ here, away }: { here: string[]; away: string[] }): void {
    if (this.#isSilenced()) {
      // Each hears of themselves alone, as they would if the other were away.
      for (const userId of here) this.#sendToUser(userId, { type: 'here_changed', here: [userId], away: [] });
      return;
    }
    const isLarge = (this.#options.room()?.roster.size ?? 0) > largeRoomMembers;
    const change = isLarge ? { count: this.#options.sockets.userCount } : { here, away };
    this.#send({ type: 'here_changed', ...change }, null);
  }

  #isSilenced(): boolean {
    return this.#options.room()?.blocks.areSilencing ?? false;
  }

  #send(event: ServerRoomEvent, exceptUserId: string | null): void {
    if (!this.#isSilenced()) this.#options.sockets.sendVolatile(JSON.stringify(event), exceptUserId);
  }

  #sendToUser(userId: string, events: ServerRoomEvent | readonly ServerRoomEvent[]): void {
    this.#options.sockets.sendTo((id) => id === userId, JSON.stringify(events));
  }
}
