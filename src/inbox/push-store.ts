import type { PushSubscription } from '../push/request';

/** The device of a session, and where it is reached. */
export interface Subscriber {
  readonly sid: string;
  readonly userId: string;
  readonly subscription: PushSubscription;
  /** When the session ends by age if its page does not come back before, milliseconds since the epoch. */
  readonly endsAt: number;
}

/** What a device was told of a chat, or is to be told. */
export interface Push {
  readonly chatId: string;
  readonly sid: string;
  /** Up to which message. */
  readonly seq: number;
  /** It is over: the device is to be told so. */
  readonly isClosing: boolean;
  /** Milliseconds since the epoch; when it was decided, and until when it is worth telling. */
  readonly pushedAt: number;
  readonly until: number;
}

type PushRecord = { chat_id: string; sid: string; seq: number; closing: number; pushed_at: number; until: number };
type SubscriberRecord = { sid: string; user_id: string; endpoint: string; p256dh: string; auth: string; ends_at: number };

/** The SQL of an inbox' pushes [INBOX-5]. */
export class PushStore {
  readonly #sql: SqlStorage;
  /** Asked at every news of a room, and mostly none. */
  #subscribers: readonly Subscriber[] | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Those that live longest first. */
  subscribers(): readonly Subscriber[] {
    this.#subscribers ??= this.#sql
      .exec<SubscriberRecord>('SELECT sid, user_id, endpoint, p256dh, auth, ends_at FROM push_subscriptions ORDER BY ends_at DESC')
      .toArray()
      .map(({ sid, user_id, endpoint, p256dh, auth, ends_at }) => ({
        sid,
        userId: user_id,
        subscription: { endpoint, keys: { p256dh, auth } },
        endsAt: ends_at,
      }));
    return this.#subscribers;
  }

  subscriber(sid: string): Subscriber | null {
    return this.subscribers().find((subscriber) => subscriber.sid === sid) ?? null;
  }

  putSubscriber({ sid, userId, subscription: { endpoint, keys }, endsAt }: Subscriber): void {
    this.#subscribers = null;
    this.#sql.exec(
      'INSERT OR REPLACE INTO push_subscriptions(sid, user_id, endpoint, p256dh, auth, ends_at) VALUES (?,?,?,?,?,?)',
      sid,
      userId,
      endpoint,
      keys.p256dh,
      keys.auth,
      endsAt,
    );
  }

  /** And what its device was told. */
  removeSubscriber(sid: string): void {
    if (this.subscriber(sid) === null) return;
    this.#subscribers = null;
    this.#sql.exec('DELETE FROM push_subscriptions WHERE sid = ?', sid);
    this.#sql.exec('DELETE FROM pushes WHERE sid = ?', sid);
  }

  push(chatId: string, sid: string): Push | null {
    return this.pushes(chatId).find((push) => push.sid === sid) ?? null;
  }

  pushes(chatId: string): Push[] {
    return this.#sql
      .exec<PushRecord>('SELECT chat_id, sid, seq, closing, pushed_at, until FROM pushes WHERE chat_id = ?', chatId)
      .toArray()
      .map(({ chat_id, sid, seq, closing, pushed_at, until }) => ({
        chatId: chat_id,
        sid,
        seq,
        isClosing: closing === 1,
        pushedAt: pushed_at,
        until,
      }));
  }

  putPush({ chatId, sid, seq, isClosing, pushedAt, until }: Push): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO pushes(chat_id, sid, seq, closing, pushed_at, until) VALUES (?,?,?,?,?,?)',
      chatId,
      sid,
      seq,
      isClosing ? 1 : 0,
      pushedAt,
      until,
    );
  }

  removePush({ chatId, sid }: Pick<Push, 'chatId' | 'sid'>): void {
    this.#sql.exec('DELETE FROM pushes WHERE chat_id = ? AND sid = ?', chatId, sid);
  }
}
