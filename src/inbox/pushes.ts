import { assertNever } from '../assert-never';
import type { JobName } from '../job-store';
import { maxWriters, type Writer } from '../member-news';
import { TryLater } from '../outbox';
import { maxPushSubscriptions } from '../protocol/limits';
import type { ChatSummary } from '../protocol/models';
import type { PushNames } from '../protocol/rest';
import type { PushNews, PushSubscription } from '../push/request';
import type { PushVerdict } from '../push/verdict';
import { type ChatRow, factsOf, isListed } from './chat-row';
import type { Push, PushStore, Subscriber } from './push-store';
import type { ErrandKind } from './store';
import { withoutEnded } from './summaries';

/** Who reads it at once, wherever that is, is not told. */
export const readingGraceMs = 3_000;
/** Between two pushes of one chat to one device: what comes meanwhile is told by the next. */
const pushIntervalMs = 10_000;
const longestLifeMs = 3 * 24 * 60 * 60 * 1000;
/** So long, at least, a device that cannot be reached is to be told that something is over. */
const closingLifeMs = 60_000;
/** Some 8 minutes of failures: then the user has looked, or the next message brings it. */
const maxTries = 10;

export interface PushesOptions {
  readonly store: {
    readonly pushes: PushStore;
    chat(chatId: string): ChatRow | null;
    isSessionEnded(sid: string): boolean;
    block(userId: string): { readonly isActive: boolean } | null;
  };
  readonly errands: {
    commit(change: () => readonly JobName<ErrandKind>[]): Promise<void>;
    scheduleOnce(errand: JobName<ErrandKind>, due: number): void;
  };
  /** Whether somebody looks at a page of the session. */
  readonly isLooking: (sid: string) => boolean;
  readonly send: (subscription: PushSubscription, news: PushNews, ttlSeconds: number) => Promise<PushVerdict>;
  readonly now: () => number;
}

/**
 * [INBOX-5] Tells the devices on which nobody looks that something new has come, and when it is over. Two steps, each an errand,
 * so that neither a timer nor a crash comes between: `decide_push`, some seconds after the first of the news, says per device
 * what is to be told; `send_push` tells it.
 */
export class Pushes {
  readonly #options: PushesOptions;
  /**
   * Until when a push service has asked us not to call for a device, by session: what comes meanwhile waits, too. In memory alone,
   * for one call more is told the same again.
   */
  readonly #quietUntil = new Map<string, number>();

  constructor(options: PushesOptions) {
    this.#options = options;
  }

  get #store(): PushStore {
    return this.#options.store.pushes;
  }

  /** Whether any device is to be told anything. */
  get isOn(): boolean {
    return this.#store.subscribers().length > 0;
  }

  /** Returns false where the session has ended. Repeatable. */
  subscribe(subscriber: Subscriber): boolean {
    const { sid, subscription } = subscriber;
    if (this.#options.store.isSessionEnded(sid)) return false;
    const others = this.#store.subscribers().filter((other) => other.sid !== sid);
    // One device is told once: a browser whose session was lost comes back with another one.
    const doubled = others.filter((other) => other.subscription.endpoint === subscription.endpoint);
    const tooMany = others.slice(maxPushSubscriptions - 1);
    for (const other of [...doubled, ...tooMany]) this.#store.removeSubscriber(other.sid);
    this.#store.putSubscriber(subscriber);
    return true;
  }

  /**
   * A room has told something of the chat.
   * @param before how it stood; null for not at all
   */
  noted(before: ChatRow | null, chatId: string): void {
    if (!this.isOn) return;
    const unread = this.#unread(chatId);
    if (unread === null) return this.#close(chatId);
    const knownSeq = before !== null && isListed(before) ? factsOf(before).last_seq : 0;
    // Whether somebody looks is asked when it is decided: a page may be hidden, or its device lost, before that.
    if (!unread.isNewsAbove(knownSeq)) return;
    const { errands, now } = this.#options;
    const lastAt = Math.max(0, ...this.#store.pushes(chatId).map(({ pushedAt }) => pushedAt));
    errands.scheduleOnce({ kind: 'decide_push', key: chatId }, Math.max(now() + readingGraceMs, lastAt + pushIntervalMs));
  }

  /** Some seconds after the news: who is to be told of them still. What was news then may be read or have ended, and its writer be blocked. */
  decide(chatId: string): void {
    const { errands, now } = this.#options;
    const unread = this.#unread(chatId);
    if (unread === null || unread.row.isArchived || (unread.row.mutedUntil ?? 0) > now()) return;
    const { facts } = unread;
    const until = now() + lifeOf(facts, now());
    if (until <= now()) return;
    void errands.commit(() =>
      this.#audience().flatMap(({ sid }) => {
        const told = this.#store.push(chatId, sid);
        if (told !== null && !told.isClosing && !unread.isNewsAbove(told.seq)) return [];
        this.#store.putPush({ chatId, sid, seq: facts.last_seq, isClosing: false, pushedAt: now(), until });
        return [sendErrand({ chatId, sid })];
      }),
    );
  }

  /**
   * Tells a device how it stands.
   * @throws TryLater where its push service does not take it now
   */
  async send(sid: string, chatId: string, tries: number): Promise<void> {
    const push = this.#store.push(chatId, sid);
    const subscriber = this.#store.subscriber(sid);
    if (push === null || subscriber === null) return;
    const lifeMs = push.until - this.#options.now();
    if (lifeMs < 1_000 || tries >= maxTries) {
      // What an earlier one told is perhaps still on the screen: that stays to be closed.
      if (push.isClosing) this.#store.removePush(push);
      return;
    }
    const quietMs = (this.#quietUntil.get(sid) ?? 0) - this.#options.now();
    if (quietMs > 0) throw new TryLater(quietMs);
    const news: PushNews = { type: push.isClosing ? 'nothing' : 'message', chat_id: chatId };
    const verdict = await this.#options.send(subscriber.subscription, news, Math.floor(lifeMs / 1_000));
    this.#quietUntil.delete(sid);
    switch (verdict.kind) {
      case 'later':
        if (verdict.retryAfterMs > 0) this.#quietUntil.set(sid, this.#options.now() + verdict.retryAfterMs);
        throw new TryLater(verdict.retryAfterMs);
      case 'gone':
        // It may have been renewed meanwhile.
        if (this.#store.subscriber(sid)?.subscription.endpoint === subscriber.subscription.endpoint) this.#store.removeSubscriber(sid);
        return;
      case 'refused':
      case 'taken':
        // What was told stays, to be closed; unless it is over, and nothing has come since.
        if (push.isClosing && this.#store.push(chatId, sid)?.isClosing) this.#store.removePush(push);
        return;
      default:
        return assertNever(verdict);
    }
  }

  /** What a notification may say, if the user wants it to: the other of two, or the group and who wrote last in it. */
  names(chatId: string): PushNames | null {
    const unread = this.#unread(chatId);
    if (unread === null) return null;
    const { facts, writers } = unread;
    const last = withoutEnded(facts, this.#options.now()).last_message;
    // The newest line may be the user's own, or say what happened to the group.
    const isNamed = last !== null && !this.#isBlocked(last.sender_id) && writers.some(({ userId }) => userId === last.sender_id);
    const writer = isNamed && last.message_type !== 'system' ? last.sender_name : null;
    return facts.is_group
      ? { chat_name: facts.name, sender_name: writer }
      : { chat_name: null, sender_name: facts.other_user?.display_name ?? writer };
  }

  /** Devices on which nobody looks now. Those of sessions that have ended by age announce it to nobody: they go here. */
  #audience(): Subscriber[] {
    const { isLooking, now } = this.#options;
    for (const { sid } of this.#store.subscribers().filter(({ endsAt }) => endsAt <= now())) this.#store.removeSubscriber(sid);
    return this.#store.subscribers().filter(({ sid }) => !isLooking(sid));
  }

  #isBlocked(userId: string): boolean {
    return this.#options.store.block(userId)?.isActive ?? false;
  }

  /** The chat as the list has it, if it holds something unread that is news; null for any other. */
  #unread(chatId: string): UnreadNews | null {
    const row = this.#options.store.chat(chatId);
    if (row === null || !isListed(row)) return null;
    const facts = factsOf(row);
    // Of a room that does not name them, anybody may have written.
    const writers = row.writers ?? [{ userId: '', seq: facts.last_seq }];
    const isNewsAbove = (seq: number) => hasArrived(seq, writers, (userId) => this.#isBlocked(userId));
    return facts.unread_count > 0 && isNewsAbove(0) ? { row, facts, writers, isNewsAbove } : null;
  }

  /** Nothing of the chat that is news is unread any more, wherever it was read, and however it ended. */
  #close(chatId: string): void {
    const { errands, isLooking, now } = this.#options;
    const open = this.#store.pushes(chatId).filter(({ isClosing }) => !isClosing);
    if (open.length === 0) return;
    void errands.commit(() =>
      open.flatMap((push) => {
        // A page closes what its own device shows.
        if (isLooking(push.sid)) this.#store.removePush(push);
        else this.#store.putPush({ ...push, isClosing: true, until: Math.max(push.until, now() + closingLifeMs) });
        return isLooking(push.sid) ? [] : [sendErrand(push)];
      }),
    );
  }
}

interface UnreadNews {
  readonly row: ChatRow;
  readonly facts: ChatSummary;
  readonly writers: readonly Writer[];
  /** Whether some of it is above `seq`. */
  readonly isNewsAbove: (seq: number) => boolean;
}

const sendErrand = ({ chatId, sid }: Pick<Push, 'chatId' | 'sid'>): JobName<ErrandKind> => ({ kind: 'send_push', key: `${sid} ${chatId}` });

/**
 * Whether there is something above `knownSeq` that is news: by somebody whom the user does not block [BLOCK-1].
 * @param writers who wrote what is unread, the latest first: neither the user nor a system line is among them
 */
export function hasArrived(knownSeq: number, writers: readonly Writer[], isBlocked: (userId: string) => boolean): boolean {
  const latest = writers.filter(({ seq }) => seq > knownSeq);
  // Where there are more than are named, who is left out may be anybody.
  return latest.length >= maxWriters || latest.some(({ userId }) => !isBlocked(userId));
}

/**
 * What is left of the one unread message, 3 days at most. Where a system line or an own one is the newest, what the chat's clock
 * leaves; where several are unread, at least that: the newest may end long before the others, and would take their push with it.
 */
export function lifeOf(
  { last_message, policy, unread_count }: Pick<ChatSummary, 'last_message' | 'policy' | 'unread_count'>,
  now: number,
): number {
  const endsAt = last_message?.message_type === 'system' ? null : (last_message?.expires_at ?? null);
  const leftMs = endsAt === null ? null : endsAt - now;
  if (leftMs !== null && unread_count === 1) return Math.min(longestLifeMs, leftMs);
  const clockMs = policy.expire_mode === 'after_send' ? (policy.expires_in_seconds ?? Number.POSITIVE_INFINITY) * 1_000 : longestLifeMs;
  return Math.min(longestLifeMs, Math.max(clockMs, leftMs ?? 0));
}
