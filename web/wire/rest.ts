import * as v from 'valibot';
import { maxPageSize } from '../../src/protocol/limits';
import { type Chat, type LinkedMedia, type Me, type Media, me, type Role, type Settings, type User } from '../../src/protocol/models';
import {
  avatarAnswer,
  blocksAnswer,
  chatAnswer,
  chatsAnswer,
  configAnswer,
  linkedMediaListAnswer,
  mediaAnswer,
  membersAnswer,
  messagesAnswer,
  type PushBody,
  type ReserveMediaBody,
  receiptsAnswer,
  reserveMediaAnswer,
  type SessionAnswer,
  sessionAnswer,
  sessionsAnswer,
  usersAnswer,
} from '../../src/protocol/rest';
import { type Call, callApi, fetchBytes } from './http';
import type { Platform } from './platform';
import { isSessionOver, type TokenKeeper } from './token-keeper';
import { WireProblem } from './wire-problem';

/** Large uploads are read, cleaned and moved while the client waits. */
const completeTimeoutMs = 120_000;

export interface NewGroup {
  /** Made by the client, so that asking twice makes one group. */
  readonly id: string;
  readonly name: string;
  readonly memberIds: readonly string[];
}

/** What can be changed of a chat; left out is left as it is. */
export interface ChatChange {
  readonly name?: string;
  /** [EXP-6] `expires_in_seconds: null` is "off". */
  readonly expiry?: Pick<Chat['policy'], 'expires_in_seconds' | 'expire_mode'>;
}

/** What a user changes of a chat in their own list; left out is left as it is. */
export interface ListedChatChange {
  readonly pinned?: boolean;
  readonly archived?: boolean;
  /** Milliseconds since the epoch; null for not muted. */
  readonly muted_until?: number | null;
}

/** What users change of themselves; left out is left as it is. */
export interface MeChange {
  readonly display_name?: string;
  readonly settings?: Partial<Settings>;
}

/** A session of the user's. */
export type Device = v.InferOutput<typeof sessionsAnswer>['sessions'][number];

/** The REST calls of spec section 1 that the client makes. Every method throws WireProblem. */
export class Rest {
  readonly #platform: Platform;
  readonly #tokens: TokenKeeper;

  constructor(platform: Platform, tokens: TokenKeeper) {
    this.#platform = platform;
    this.#tokens = tokens;
  }

  signUp(username: string, password: string, displayName: string): Promise<SessionAnswer> {
    const body = { username, password, ...(displayName === '' ? {} : { display_name: displayName }) };
    return callApi(this.#platform, { method: 'POST', path: '/api/signup', answer: sessionAnswer, body });
  }

  logIn(username: string, password: string): Promise<SessionAnswer> {
    return callApi(this.#platform, { method: 'POST', path: '/api/login', answer: sessionAnswer, body: { username, password } });
  }

  async logOut(): Promise<void> {
    await this.#call({ method: 'POST', path: '/api/logout', answer: v.unknown() });
  }

  /** @returns the user as they are then. */
  changeMe(change: MeChange): Promise<Me> {
    return this.#call({ method: 'PATCH', path: '/api/users/me', answer: me, body: change });
  }

  /**
   * Shows others this picture of the user: the middle of it, as a square.
   * @returns where it is
   */
  async putAvatar(picture: Blob): Promise<string> {
    const body = new FormData();
    body.append('file', picture);
    return (await this.#call({ method: 'PUT', path: '/api/users/me/avatar', answer: avatarAnswer, body })).avatar_url;
  }

  async deleteAvatar(): Promise<void> {
    await this.#call({ method: 'DELETE', path: '/api/users/me/avatar', answer: v.unknown() });
  }

  /** The user's sessions: the devices they are signed in on. */
  async sessions(): Promise<Device[]> {
    return (await this.#call({ method: 'GET', path: '/api/users/me/sessions', answer: sessionsAnswer })).sessions;
  }

  /** [AUTH-4] Signs a device out. */
  async endSession(id: string): Promise<void> {
    await this.#call({ method: 'DELETE', path: `/api/users/me/sessions/${id}`, answer: v.unknown() });
  }

  me(): Promise<Me> {
    return this.#call({ method: 'GET', path: '/api/users/me', answer: me });
  }

  async findUsers(usernamePrefix: string, signal: AbortSignal): Promise<User[]> {
    const path = `/api/users?username=${encodeURIComponent(usernamePrefix)}`;
    return (await this.#call({ method: 'GET', path, answer: usersAnswer, signal })).users;
  }

  /** A page of whom the user blocks, the latest first. */
  blocks(cursor: string | null): Promise<v.InferOutput<typeof blocksAnswer>> {
    return this.#call({ method: 'GET', path: `/api/users/me/blocks${queryOf(cursor)}`, answer: blocksAnswer });
  }

  async block(userId: string): Promise<void> {
    await this.#call({ method: 'POST', path: `/api/users/${userId}/block`, answer: v.unknown() });
  }

  async unblock(userId: string): Promise<void> {
    await this.#call({ method: 'DELETE', path: `/api/users/${userId}/block`, answer: v.unknown() });
  }

  /** Finds the direct chat with this user, or makes it. */
  async openDirectChat(userId: string): Promise<Chat> {
    const body = { is_group: false, member_ids: [userId] };
    return (await this.#call({ method: 'POST', path: '/api/chats', answer: chatAnswer, body })).chat;
  }

  async createGroup({ id, name, memberIds }: NewGroup): Promise<Chat> {
    const body = { id, is_group: true, name, member_ids: memberIds };
    return (await this.#call({ method: 'POST', path: '/api/chats', answer: chatAnswer, body })).chat;
  }

  /** The next page of the chat list, newest activity first. */
  chats(cursor: string): Promise<v.InferOutput<typeof chatsAnswer>> {
    return this.#call({ method: 'GET', path: `/api/users/me/chats?cursor=${encodeURIComponent(cursor)}`, answer: chatsAnswer });
  }

  /** What the user makes of a chat in their own list; the other devices and this one hear of it by the inbox. */
  async changeListedChat(chatId: string, change: ListedChatChange): Promise<void> {
    await this.#call({ method: 'PATCH', path: `/api/users/me/chats/${chatId}`, answer: v.unknown(), body: change });
  }

  /** Clears the chat for the user, up to now. */
  async clearChat(chatId: string): Promise<void> {
    await this.#call({ method: 'DELETE', path: `/api/users/me/chats/${chatId}`, answer: v.unknown() });
  }

  /** As many messages as a page holds before, after or around the one of this id or seq, newest first. */
  messages(chatId: string, side: 'before' | 'after' | 'around', mark: string | number): Promise<v.InferOutput<typeof messagesAnswer>> {
    const path = `/api/users/me/chats/${chatId}/messages?${side}=${mark}&limit=${maxPageSize}`;
    return this.#call({ method: 'GET', path, answer: messagesAnswer });
  }

  async changeChat(chatId: string, change: ChatChange): Promise<Chat> {
    return (await this.#call({ method: 'PATCH', path: `/api/chats/${chatId}`, answer: chatAnswer, body: change })).chat;
  }

  /** A page of a chat's members. */
  members(chatId: string, cursor: string | null): Promise<v.InferOutput<typeof membersAnswer>> {
    return this.#call({ method: 'GET', path: `/api/chats/${chatId}/members${queryOf(cursor)}`, answer: membersAnswer });
  }

  async addMembers(chatId: string, userIds: readonly string[]): Promise<void> {
    await this.#call({ method: 'POST', path: `/api/chats/${chatId}/members`, answer: v.unknown(), body: { user_ids: userIds } });
  }

  async setRole(chatId: string, userId: string, role: Role): Promise<void> {
    await this.#call({ method: 'PATCH', path: `/api/chats/${chatId}/members/${userId}`, answer: v.unknown(), body: { role } });
  }

  /** Takes somebody out of a group; `me` leaves it. */
  async removeMember(chatId: string, userId: string): Promise<void> {
    await this.#call({ method: 'DELETE', path: `/api/chats/${chatId}/members/${userId}`, answer: v.unknown() });
  }

  /** A page of what became of an own message, by recipient. */
  receipts(chatId: string, messageId: string, cursor: string | null): Promise<v.InferOutput<typeof receiptsAnswer>> {
    const path = `/api/chats/${chatId}/messages/${messageId}/receipts${queryOf(cursor)}`;
    return this.#call({ method: 'GET', path, answer: receiptsAnswer });
  }

  /** [AUTH-4] Every other session ends. */
  async changePassword(current: string, next: string): Promise<void> {
    const body = { current_password: current, new_password: next };
    await this.#call({ method: 'POST', path: '/api/users/me/password', answer: v.unknown(), body });
  }

  /** [INBOX-5] By which key browsers subscribe; null where nobody is told by push. */
  async vapidKey(): Promise<string | null> {
    return (await callApi(this.#platform, { method: 'GET', path: '/api/config', answer: configAnswer })).vapid_public_key;
  }

  /** [INBOX-5] Where this session's device is reached; the same again changes nothing. */
  async subscribePush(body: PushBody): Promise<void> {
    await this.#call({ method: 'PUT', path: '/api/users/me/push', answer: v.unknown(), body });
  }

  /** This session's device is told no more. */
  async unsubscribePush(): Promise<void> {
    await this.#call({ method: 'DELETE', path: '/api/users/me/push', answer: v.unknown() });
  }

  /** [ONCE-6] The bytes behind the `url` of an opened view-once message: never in a cache, never without the token. */
  async onceBytes(url: string, signal: AbortSignal, progress: (bytes: number) => void): Promise<Blob> {
    // The token must not be shown to any other place, whatever an answer says.
    if (!/^\/api\/media\/once\/[\w-]+(\.[\w-]+)*$/.test(url))
      throw new WireProblem('unexpected', 'RelayHub named a place this page does not know');
    return this.#withToken((token) => fetchBytes(this.#platform, { path: url, token, signal, progress }));
  }

  /** [MEDIA-1] Announces an upload; the answer says where its bytes go. */
  reserveMedia(body: ReserveMediaBody, signal: AbortSignal): Promise<v.InferOutput<typeof reserveMediaAnswer>> {
    return this.#call({ method: 'POST', path: '/api/media', answer: reserveMediaAnswer, body, signal });
  }

  /** [MEDIA-1] Has an upload checked; asked again, it gives the same. */
  async completeMedia(id: string, signal: AbortSignal): Promise<Media> {
    const path = `/api/media/${id}/complete`;
    return (await this.#call({ method: 'POST', path, answer: mediaAnswer, signal, timeoutMs: completeTimeoutMs })).media;
  }

  /** Links to those of the media, 50 at most, that the caller may see now [EXP-7]. */
  async linkMedia(ids: readonly string[]): Promise<LinkedMedia[]> {
    const path = `/api/media?ids=${ids.join(',')}`;
    return (await this.#call({ method: 'GET', path, answer: linkedMediaListAnswer })).media;
  }

  #call<Schema extends v.GenericSchema>(call: Call<Schema>): Promise<v.InferOutput<Schema>> {
    return this.#withToken((token) => callApi(this.#platform, { ...call, token }));
  }

  /** With the present token, and once more with a new one where that was refused. */
  async #withToken<Answer>(work: (token: string) => Promise<Answer>): Promise<Answer> {
    const token = await this.#tokens.current();
    try {
      return await work(token);
    } catch (error) {
      if (!(error instanceof WireProblem) || !isSessionOver(error)) throw error;
      return work(await this.#tokens.renew(token));
    }
  }
}

const queryOf = (cursor: string | null) => (cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`);
