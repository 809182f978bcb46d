import * as v from 'valibot';
import { type Chat, type LinkedMedia, type Me, me, type User } from '../../src/protocol/models';
import {
  chatAnswer,
  chatsAnswer,
  linkedMediaListAnswer,
  messagesAnswer,
  type SessionAnswer,
  sessionAnswer,
  usersAnswer,
} from '../../src/protocol/rest';
import { type Call, callApi } from './http';
import type { Platform } from './platform';
import { isSessionOver, type TokenKeeper } from './token-keeper';
import { WireProblem } from './wire-problem';

export interface NewGroup {
  /** Made by the client, so that asking twice makes one group. */
  readonly id: string;
  readonly name: string;
  readonly memberIds: readonly string[];
}

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

  me(): Promise<Me> {
    return this.#call({ method: 'GET', path: '/api/users/me', answer: me });
  }

  async findUsers(usernamePrefix: string, signal: AbortSignal): Promise<User[]> {
    const path = `/api/users?username=${encodeURIComponent(usernamePrefix)}`;
    return (await this.#call({ method: 'GET', path, answer: usersAnswer, signal })).users;
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

  /** Messages older than `before`, newest first. */
  messages(chatId: string, before: string): Promise<v.InferOutput<typeof messagesAnswer>> {
    return this.#call({ method: 'GET', path: `/api/users/me/chats/${chatId}/messages?before=${before}`, answer: messagesAnswer });
  }

  /** Links to those of the media, 50 at most, that the caller may see now [EXP-7]. */
  async linkMedia(ids: readonly string[]): Promise<LinkedMedia[]> {
    const path = `/api/media?ids=${ids.join(',')}`;
    return (await this.#call({ method: 'GET', path, answer: linkedMediaListAnswer })).media;
  }

  /** With the present token, and once more with a new one where that was refused. */
  async #call<Schema extends v.GenericSchema>(call: Call<Schema>): Promise<v.InferOutput<Schema>> {
    const token = await this.#tokens.current();
    try {
      return await callApi(this.#platform, { ...call, token });
    } catch (error) {
      if (!(error instanceof WireProblem) || !isSessionOver(error)) throw error;
      return callApi(this.#platform, { ...call, token: await this.#tokens.renew(token) });
    }
  }
}
