import * as v from 'valibot';
import { assertNever } from '../../../src/assert-never';
import { bearerSubprotocolPrefix, subprotocol } from '../../../src/protocol/close-codes';
import { chatsAnswer } from '../../../src/protocol/rest';
import { callApi } from '../../support/people';
import type { Heard, PageWorld } from '../inbox/page';
import type { Place, Runtime } from './runtime';

/** What is shown to the server: by a session, and by a user where any session of theirs will do. */
export interface Tokens {
  readonly ofSessions: ReadonlyMap<string, string>;
  readonly ofUsers: ReadonlyMap<string, string>;
}

/** A page's surroundings where rooms and inboxes are on a real runtime. */
export class RealWorld implements PageWorld<Place, WebSocket> {
  readonly time = {
    get now() {
      return Date.now();
    },
  };
  readonly #runtime: Runtime;
  readonly #tokens: Tokens;
  readonly #heard: (socket: WebSocket, heard: Heard) => void;

  /** @param heard hears what reaches a client's end of a socket, for as long as it is there */
  constructor(runtime: Runtime, tokens: Tokens, heard: (socket: WebSocket, heard: Heard) => void) {
    this.#runtime = runtime;
    this.#tokens = tokens;
    this.#heard = heard;
  }

  async connect(
    place: Place,
    { sid, resume }: Parameters<PageWorld<Place, WebSocket>['connect']>[1],
    accepted: (socket: WebSocket) => void,
  ): Promise<void> {
    const query = resume === null ? '' : `?${new URLSearchParams({ epoch: resume.epoch, rev: String(resume.rev) })}`;
    const url = `${this.#runtime.url.replace(/^http/, 'ws')}${pathOf(place)}${query}`;
    const socket = new WebSocket(url, [subprotocol, bearerSubprotocolPrefix + known(this.#tokens.ofSessions.get(sid))]);
    accepted(socket);
    socket.addEventListener('message', ({ data }) => this.#heard(socket, { frame: String(data) }));
    socket.addEventListener('close', ({ code }) => this.#heard(socket, { code }));
    // A failed connection also closes, which is where it is dealt with.
    socket.addEventListener('error', () => {});
  }

  disconnect(_place: Place, socket: WebSocket): void {
    socket.close();
  }

  say(_place: Place, socket: WebSocket, frame: string): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(frame);
  }

  later(work: () => Promise<void>): void {
    void work();
  }

  /** Of all that pages ask, the pages of the list. */
  async ask<T>(_place: Place, method: string, [userId, cursor, limit]: readonly unknown[]): Promise<T> {
    if (method !== 'chats') throw new Error(`Nobody answers ${method}`);
    return (await this.chats(String(userId), cursor === null ? null : String(cursor), Number(limit))) as T;
  }

  /** A page of the list over REST. */
  async chats(userId: string, cursor: string | null, limit: number) {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor !== null && { cursor }) });
    const answer = await callApi(
      this.#runtime.url,
      'GET',
      `/api/users/me/chats?${query}`,
      undefined,
      known(this.#tokens.ofUsers.get(userId)),
    );
    if (answer.status !== 200) throw new Error(`The list answered ${answer.status}`);
    const { chats, next_cursor } = v.parse(chatsAnswer, answer.body);
    return { chats, nextCursor: next_cursor };
  }

  outside<T>(work: () => T): T {
    return work();
  }
}

function known(token: string | undefined): string {
  if (token === undefined) throw new Error('Nobody has signed in so');
  return token;
}

function pathOf({ kind, name }: Place): string {
  switch (kind) {
    case 'room':
      return `/api/chats/${name}/socket`;
    case 'inbox':
      return '/api/users/me/socket';
    default:
      return assertNever(kind);
  }
}
