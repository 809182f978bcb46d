import { assertNever } from '../../../src/assert-never';
import type { Role, SystemFacts } from '../../../src/protocol/models';
import { isBlocked, setBlock } from './blocks';
import { dayMs, isOverForAll } from './clocks';
import { done, type Notice, type Outcome, type ProfileFacts, type Request, refused } from './entries';
import { applyEvent, endIfAllViewed, endMessage, noteIfAllHaveRead, serve, timeEnd } from './messages';
import type { ModelMessage, ModelState, Stay, View } from './state';
import { closeView, settleView } from './views';

export interface Founding {
  readonly id: string;
  readonly isGroup: boolean;
  readonly name: string | null;
  readonly userIds: readonly string[];
  /** Null for what new chats begin with. */
  readonly policy: { readonly expires_in_seconds: number | null; readonly expire_mode: 'after_send' | 'after_read' } | null;
  /** [BLOCK-1] Who of them blocks the other before there is a chat. */
  readonly blockerIds: readonly string[];
}

const isViewed = ({ state }: View) => state === 'viewed';

/** [SEND-9] System lines get their ids from the room; the model knows them by their place. */
const systemId = (seq: number) => `system ${seq}`;

/**
 * The reference: what a room must be after a sequence of requests, said as plainly as the spec says it. Knows nothing of
 * rows, revs, commits or frames.
 */
export class RoomModel {
  readonly state: ModelState;

  constructor({ id, isGroup, name, userIds, policy, blockerIds }: Founding, now: number) {
    const initial = isGroup
      ? { expires_in_seconds: 604_800, expire_mode: 'after_send' as const }
      : { expires_in_seconds: 86_400, expire_mode: 'after_read' as const };
    this.state = {
      id,
      isGroup,
      createdAt: now,
      name,
      policy: { ...(policy ?? initial), version: 1, changed_by: policy === null ? null : (userIds[0] ?? null), changed_at: now },
      seq: 0,
      stays: [],
      messages: new Map(),
      media: new Map(),
      endedSessions: new Map(),
      blocks: new Map(),
      standing: null,
    };
    for (const userId of blockerIds) setBlock(this.state, userId, true, 1);
    userIds.forEach((userId, index) => {
      const stay = this.#join(userId, index === 0 || !isGroup ? 'owner' : 'member', { version: 1, readReceipts: true }, now);
      stay.isConcealed = index > 0 && isBlocked(this.state, userIds[0] ?? '');
    });
    this.#note({ kind: 'created', actor_id: userIds[0] ?? '', user_ids: userIds.slice(1), value: name }, now);
  }

  /** [GROUP-1] Nobody is left: the room is being erased. */
  get isDeserted(): boolean {
    return this.state.stays.every((stay) => !stay.isPresent);
  }

  /** The user's present stay, if the chat is there for them [BLOCK-1]. */
  stayOf(userId: string): Stay | undefined {
    return this.state.stays.find((stay) => stay.isPresent && stay.userId === userId && !stay.isConcealed);
  }

  present(): Stay[] {
    return this.state.stays.filter((stay) => stay.isPresent);
  }

  apply(request: Request, now: number): Outcome {
    const stay = this.stayOf(request.userId);
    if (stay === undefined) return refused('not_found');
    switch (request.kind) {
      case 'event':
        return applyEvent(this.state, stay, request.sid, request.event, now);
      case 'serve':
        return serve(this.state, stay, request.sid, request.lease, now);
      case 'add':
        return this.#add(stay, request.profiles, now);
      case 'remove':
        return this.#remove(stay, request.memberId, now);
      case 'set_role':
        return this.#setRole(stay, request.memberId, request.role, now);
      case 'change':
        return this.#change(stay, request.name, request.policy, now);
      case 'clear':
        stay.clearedSeq = this.state.seq;
        return done;
      case 'profile':
        return this.#setProfile(stay, request.version, request.readReceipts);
      default:
        return assertNever(request);
    }
  }

  notice(notice: Notice, now: number): void {
    const { media, endedSessions } = this.state;
    switch (notice.kind) {
      case 'reserve_media':
        media.set(notice.mediaId, { ownerId: notice.userId, viewOnce: notice.viewOnce, facts: null, seq: null, due: now + 60 * 60_000 });
        return;
      case 'admit_media': {
        const medium = media.get(notice.facts.id);
        if (medium !== undefined && medium.due !== null) medium.facts = notice.facts;
        return;
      }
      case 'end_session':
        endedSessions.set(notice.sid, endedSessions.get(notice.sid) ?? now);
        return;
      case 'name_lease':
        return this.#nameLease(notice.userId, notice.messageId, notice.lease);
      case 'name_line': {
        const line = this.state.messages.get(notice.seq);
        if (line?.type === 'system') line.id = notice.id;
        return;
      }
      case 'block':
        return setBlock(this.state, notice.userId, notice.isActive, notice.version);
      case 'open_chat':
        return this.#openChat(notice.userId, now);
      case 'cleaned':
        return this.#clean(notice.step, now);
      default:
        assertNever(notice);
    }
  }

  /** What is due is cleaned up, a kind at a time: nothing of that may show, but to who reads the rows. */
  #clean(step: string, now: number): void {
    const { messages, media } = this.state;
    const living = [...messages.values()].filter(({ end }) => end === null);
    switch (step) {
      // [EXP-4]
      case 'messages':
        for (const message of living)
          if (isOverForAll(this.state, message, now)) endMessage(this.state, message, timeEnd(this.state, message));
        return;
      // [EXP-1] Readers are told, readings forgotten; what anybody may see is the same.
      case 'copies':
      case 'spent readings':
        return;
      // [ONCE-3]
      case 'views':
        for (const message of living) this.#settleViews(message, now);
        return;
      // [MEDIA-3]
      case 'unattached media':
        for (const medium of media.values())
          if (medium.due !== null && medium.due <= now) Object.assign(medium, { due: null, facts: null });
        return;
      case 'tombstones':
        for (const { seq, end } of [...messages.values()]) if (end !== null && end.at <= now - 30 * dayMs) messages.delete(seq);
        return;
      default:
        throw new Error(`The model knows no cleaning of ${step}`);
    }
  }

  #settleViews(message: ModelMessage, now: number): void {
    for (const view of message.views.values()) {
      const isDone = message.end === null && settleView(message, view, now) && view.state === 'viewed';
      if (isDone) endIfAllViewed(this.state, message, now);
    }
  }

  #nameLease(userId: string, messageId: string, lease: string): void {
    const stay = this.stayOf(userId);
    const message = [...this.state.messages.values()].find(({ id }) => id === messageId);
    const view = stay === undefined ? undefined : message?.views.get(stay.n);
    if (view?.state === 'open') view.lease = lease;
  }

  // — members —

  /** [GROUP-1] */
  #add(actor: Stay, profiles: readonly ProfileFacts[], now: number): Outcome {
    if (!this.state.isGroup) return refused('conflict');
    if (actor.role === 'member') return refused('role_required');
    const newcomers = profiles.filter(({ userId }) => this.stayOf(userId) === undefined);
    if (newcomers.length === 0) return done;
    const joinedSeq = this.state.seq;
    for (const profile of newcomers)
      Object.assign(this.#join(profile.userId, 'member', profile, now), { deliveredSeq: joinedSeq, readSeq: joinedSeq });
    const userIds = newcomers.map(({ userId }) => userId);
    this.#note({ kind: 'member_added', actor_id: actor.userId, user_ids: userIds, value: null }, now);
    return done;
  }

  /** [GROUP-1] [GROUP-2] */
  #remove(actor: Stay, memberId: string, now: number): Outcome {
    if (!this.state.isGroup) return refused('conflict');
    const stay = this.stayOf(memberId);
    if (stay === undefined) return refused('not_found');
    const leaves = stay === actor;
    if (!leaves && (actor.role === 'member' || (stay.role !== 'member' && actor.role !== 'owner'))) return refused('role_required');
    this.#closeViews(stay, now);
    stay.isPresent = false;
    if (this.isDeserted) return done;
    this.#succeed();
    this.#note({ kind: leaves ? 'member_left' : 'member_removed', actor_id: actor.userId, user_ids: [memberId], value: null }, now);
    const concerned = [...this.state.messages.values()].filter((message) => message.seq > stay.joinedSeq && message.senderId !== memberId);
    for (const message of concerned) if (message.seq > stay.readSeq) noteIfAllHaveRead(this.state, message, stay, now);
    for (const message of concerned) {
      if (message.maxViews > 0 && !isOverForAll(this.state, message, now)) endIfAllViewed(this.state, message, now);
    }
    return done;
  }

  /** [GROUP-2] What the leaver has open ends. */
  #closeViews(stay: Stay, now: number): void {
    for (const message of this.state.messages.values()) {
      const view = message.views.get(stay.n);
      if (view === undefined || view.state !== 'open' || message.end !== null) continue;
      if (!settleView(message, view, now)) closeView(message, view, now);
      if (isViewed(view)) endIfAllViewed(this.state, message, now);
    }
  }

  /** [GROUP-1] The longest-standing admin, else member, follows the last owner. */
  #succeed(): void {
    const present = this.present();
    if (present.some((stay) => stay.role === 'owner')) return;
    const heir = present.find((stay) => stay.role === 'admin') ?? present[0];
    if (heir !== undefined) heir.role = 'owner';
  }

  /** [GROUP-1] */
  #setRole(actor: Stay, memberId: string, role: Role, now: number): Outcome {
    if (!this.state.isGroup) return refused('conflict');
    if (actor.role !== 'owner') return refused('role_required');
    const stay = this.stayOf(memberId);
    if (stay === undefined) return refused('not_found');
    if (stay.role === role) return done;
    if (stay.role === 'owner' && this.present().filter((candidate) => candidate.role === 'owner').length === 1)
      return refused('last_owner');
    stay.role = role;
    this.#note({ kind: 'role_changed', actor_id: actor.userId, user_ids: [memberId], value: role }, now);
    return done;
  }

  /** [GROUP-2] [EXP-6] */
  #change(actor: Stay, name: string | null, policy: Extract<Request, { kind: 'change' }>['policy'], now: number): Outcome {
    const { state } = this;
    if (name !== null && !state.isGroup) return refused('conflict');
    if (state.isGroup && actor.role === 'member') return refused('role_required');
    const isRenamed = name !== null && name !== state.name;
    const { expires_in_seconds: seconds, expire_mode: mode } = state.policy;
    const isNewPolicy = policy !== null && (policy.expires_in_seconds !== seconds || policy.expire_mode !== mode);
    if (isRenamed) state.name = name;
    if (isNewPolicy) state.policy = { ...policy, version: state.policy.version + 1, changed_by: actor.userId, changed_at: now };
    if (isRenamed) this.#note({ kind: 'renamed', actor_id: actor.userId, user_ids: [], value: name }, now);
    if (isNewPolicy) {
      const value = `${policy.expire_mode}:${policy.expires_in_seconds ?? 'off'}`;
      this.#note({ kind: 'policy_changed', actor_id: actor.userId, user_ids: [], value }, now);
    }
    return done;
  }

  /** [RCPT-3] What others know already they keep; from the turning off on nothing new is told. */
  #setProfile(stay: Stay, version: number, readReceipts: boolean): Outcome {
    if (version <= stay.profileVersion) return done;
    if (!readReceipts) stay.toldReadSeq ??= stay.readSeq;
    Object.assign(stay, { profileVersion: version, hasReceipts: readReceipts });
    return done;
  }

  /** [BLOCK-1] Somebody for whom the chat was not there makes it: for them it begins with a line of its own. */
  #openChat(userId: string, now: number): void {
    const stay = this.state.stays.find((candidate) => candidate.userId === userId && candidate.isConcealed);
    if (stay === undefined) return;
    stay.isConcealed = false;
    const others = this.present().filter((other) => other !== stay);
    this.#note({ kind: 'created', actor_id: userId, user_ids: others.map((other) => other.userId), value: null }, now, true);
  }

  #join(userId: string, role: Role, { version, readReceipts }: Omit<ProfileFacts, 'userId'>, now: number): Stay {
    const stay: Stay = {
      n: this.state.stays.length + 1,
      userId,
      role,
      joinedAt: now,
      joinedSeq: this.state.seq,
      isPresent: true,
      deliveredSeq: 0,
      readSeq: 0,
      toldReadSeq: readReceipts ? null : this.state.seq,
      hasReceipts: readReceipts,
      profileVersion: version,
      clearedSeq: 0,
      isConcealed: false,
      readAt: new Map(),
    };
    this.state.stays.push(stay);
    return stay;
  }

  /** [SEND-9] A line that tells what became of the room. */
  #note(system: SystemFacts, now: number, isPrivate = false): void {
    this.state.seq += 1;
    this.state.messages.set(this.state.seq, {
      seq: this.state.seq,
      id: systemId(this.state.seq),
      senderId: system.actor_id,
      type: 'system',
      content: null,
      system,
      mediaId: null,
      replyTo: null,
      createdAt: now,
      mode: 'after_send',
      sendSeconds: null,
      readSeconds: null,
      maxViews: 0,
      editedAt: null,
      edits: 0,
      reactions: new Map(),
      views: new Map(),
      allReadEnd: null,
      hidden: isPrivate || isBlocked(this.state, system.actor_id) ? 'always' : null,
      end: null,
    });
  }
}
