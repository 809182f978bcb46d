import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { Me } from '../../src/protocol/models';
import { type SessionAnswer, sessionAnswer } from '../../src/protocol/rest';
import { Turns } from './turns';

/** What a REST call answered; `body` is parsed JSON, `null` when there is none. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A signed-up user with one session and no cookies. */
export interface Person {
  readonly user: Me;
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Calls the API as this person: `call('POST', '/api/chats', {…})`. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
}

/** Hashing a password stops a local deployment for 50 ms: the calls of tests beside must not wait for dozens of them. */
const hashing = new Turns(2);

/**
 * Signs up somebody nobody else has met.
 * @param url origin of the server
 * @param name shows in failures; made unique in the username, unless one is chosen
 */
export async function signUp(url: string, name = 'user', chosen: { readonly username?: string } = {}): Promise<Person> {
  const username = chosen.username ?? `${name.toLowerCase().slice(0, 15)}_${randomBytes(8).toString('hex')}`;
  const password = randomBytes(12).toString('base64url');
  const body = { username, password, display_name: name, cookie: false };
  const answer = await hashing.take(() => callApi(url, 'POST', '/api/signup', body));
  if (answer.status !== 201) throw new Error(`Sign-up answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return personIn(url, password, v.parse(sessionAnswer, answer.body));
}

/** The same user in another session: another device. */
export async function signInAgain(url: string, { username, password }: Pick<Person, 'username' | 'password'>): Promise<Person> {
  const answer = await hashing.take(() => callApi(url, 'POST', '/api/login', { username, password, cookie: false }));
  if (answer.status !== 200) throw new Error(`Login answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return personIn(url, password, v.parse(sessionAnswer, answer.body));
}

/** One REST call with a JSON body. @throws when the answer has a body that is not JSON */
export async function callApi(url: string, method: string, path: string, body?: unknown, accessToken?: string): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (accessToken !== undefined) headers.authorization = `Bearer ${accessToken}`;
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
}

function personIn(url: string, password: string, { user, access_token: accessToken, refresh_token: refreshToken }: SessionAnswer): Person {
  if (refreshToken === undefined) throw new Error('cookie: false gave no refresh token');
  return {
    user,
    id: user.id,
    username: user.username,
    password,
    accessToken,
    refreshToken,
    call: (method, path, body) => callApi(url, method, path, body, accessToken),
  };
}
