import { randomBytes, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueAccessToken } from '../../src/auth/access-tokens';
import { formatRefreshToken } from '../../src/auth/refresh-tokens';
import { type Env, readConfig } from '../../src/config';
import { me } from '../../src/protocol/models';
import { problem, refreshAnswer, sessionAnswer } from '../../src/protocol/rest';
import { type Harness, startHarness } from '../support/harness';
import { callApi, signUp } from '../support/people';

let harness: Harness;
let env: Env;
beforeAll(async () => {
  harness = await startHarness();
  env = await harness.server.getWorker<Env>().getEnv();
});
afterAll(() => harness.close());

const password = 'a lantern for the harbour';

function newName(): string {
  return `u_${randomBytes(8).toString('hex')}`;
}

/** A call as the page in a browser makes it: with an Origin and its cookies. */
function post(path: string, options: { body?: unknown; cookie?: string; token?: string; origin?: string } = {}): Promise<Response> {
  const headers: Record<string, string> = { origin: options.origin ?? harness.url };
  if (options.cookie !== undefined) headers.cookie = options.cookie;
  if (options.token !== undefined) headers.authorization = `Bearer ${options.token}`;
  if (options.body === undefined) return fetch(harness.url + path, { method: 'POST', headers });
  headers['content-type'] = 'application/json';
  return fetch(harness.url + path, { method: 'POST', headers, body: JSON.stringify(options.body) });
}

/** `name=value` of the refresh cookie that an answer sets. */
function cookieOf(answer: Response): string {
  const [cookie] = answer.headers.getSetCookie();
  if (cookie === undefined) throw new Error('The answer sets no cookie');
  return cookie.split(';', 1)[0] ?? '';
}

/** The session a refresh cookie belongs to. */
function sessionIdOf(cookie: string): string {
  return cookie.split('=')[1]?.split('.')[0] ?? '';
}

async function expectProblem(answer: Response, status: number, code: string): Promise<v.InferOutput<typeof problem>> {
  const text = await answer.text();
  expect({ status: answer.status, type: answer.headers.get('content-type') }, text).toEqual({ status, type: 'application/problem+json' });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const parsed = v.parse(problem, JSON.parse(text));
  expect(parsed).toMatchObject({ status, code });
  return parsed;
}

/** Somebody signed up in a browser. */
async function signUpInBrowser() {
  const username = newName();
  const answer = await post('/api/signup', { body: { username, password } });
  expect(answer.status).toBe(201);
  const cookie = cookieOf(answer);
  const session = v.parse(sessionAnswer, await answer.json());
  return { username, cookie, sessionId: sessionIdOf(cookie), userId: session.user.id, token: session.access_token };
}

/** Lets a session's last rotation be `ms` longer ago. */
async function age(sessionId: string, ms: number): Promise<void> {
  await env.DIRECTORY.prepare('update sessions set rotated_at = rotated_at - ? where id = ?').bind(ms, sessionId).run();
}

async function getMe(token: string): Promise<Response> {
  return fetch(`${harness.url}/api/users/me`, { headers: { authorization: `Bearer ${token}` } });
}

describe('[AUTH-1] accounts', () => {
  it('[AUTH-1] signing up answers who one is, a token, and a cookie out of reach of scripts', async () => {
    const username = newName();
    const answer = await post('/api/signup', { body: { username: username.toUpperCase(), password, display_name: ' Ada  L. ' } });
    expect(answer.status).toBe(201);
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^relayhub_refresh=[\w.-]+; Path=\/api; HttpOnly; Secure; SameSite=Strict; Max-Age=2592000$/);
    const body = await answer.json();
    expect(body).not.toHaveProperty('refresh_token');
    const session = v.parse(sessionAnswer, body);
    expect(session).toMatchObject({ user: { username, display_name: 'Ada  L.', role: 'user' }, expires_in: 900 });
    expect(v.parse(me, await (await getMe(session.access_token)).json())).toEqual(session.user);
  });

  it('[AUTH-1] a name is taken in every case, also by two at once', async () => {
    const username = newName();
    const both = await Promise.all([1, 2].map(() => callApi(harness.url, 'POST', '/api/signup', { username, password })));
    expect(both.map((answer) => answer.status).sort()).toEqual([201, 409]);
    const again = await post('/api/signup', { body: { username: username.toUpperCase(), password } });
    await expectProblem(again, 409, 'username_taken');
  });

  it('[AUTH-1] a common password is refused and makes nobody', async () => {
    const username = newName();
    const refused = await expectProblem(await post('/api/signup', { body: { username, password: 'Password1' } }), 422, 'weak_password');
    expect(refused.errors).toEqual([{ path: 'password', message: expect.any(String) }]);
    expect((await post('/api/signup', { body: { username, password } })).status).toBe(201);
  });

  it('[AUTH-1] names and passwords outside the rules are refused by field', async () => {
    const bad: [field: string, body: Record<string, unknown>][] = [
      ['username', { username: 'ab', password }],
      ['username', { username: 'a'.repeat(33), password }],
      ['username', { username: 'ada lovelace', password }],
      ['username', { username: 'ada\u0000lace', password }],
      ['username', { password }],
      ['username', { username: 7, password }],
      ['password', { username: newName(), password: '1234567' }],
      ['password', { username: newName(), password: '🦊'.repeat(7) }],
      ['password', { username: newName(), password: 'x'.repeat(129) }],
      ['password', { username: newName(), password: null }],
      ['display_name', { username: newName(), password, display_name: ' ' }],
      ['display_name', { username: newName(), password, display_name: 'x'.repeat(65) }],
      ['cookie', { username: newName(), password, cookie: 'no' }],
    ];
    for (const [field, body] of bad) {
      const refused = await expectProblem(await post('/api/signup', { body }), 422, 'invalid');
      expect(
        refused.errors?.map((error) => error.path),
        JSON.stringify(body),
      ).toContain(field);
    }
  });

  it('[AUTH-1] logging in takes the right password, typed in any Unicode form, and nothing else', async () => {
    const username = newName();
    const typed = 'Ångström im Café';
    await callApi(harness.url, 'POST', '/api/signup', { username, password: typed.normalize('NFC') });
    const good = await post('/api/login', { body: { username: username.toUpperCase(), password: typed.normalize('NFD') } });
    expect(good.status).toBe(200);
    const session = v.parse(sessionAnswer, await good.json());
    expect((await getMe(session.access_token)).status).toBe(200);
    const wrong = await expectProblem(
      await post('/api/login', { body: { username, password: typed.slice(0, -1) } }),
      401,
      'bad_credentials',
    );
    const nobody = await expectProblem(
      await post('/api/login', { body: { username: newName(), password: typed } }),
      401,
      'bad_credentials',
    );
    expect(nobody).toEqual(wrong);
  });

  it('[AUTH-1] a hash with older parameters is made anew at the next login', async () => {
    const { username, userId } = await signUpInBrowser();
    // What @phi-ag/argon2 makes of "an old password" with m=4096, t=1.
    const old = '$argon2id$v=19$m=4096,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$WU0NYCac+M4FoOdx0RdAKT8dM3nQvnYjC9p/M4l0CSg';
    await env.DIRECTORY.prepare('update users set password_hash = ? where id = ?').bind(old, userId).run();
    const login = () => post('/api/login', { body: { username, password: 'an old password' } });
    expect((await login()).status).toBe(200);
    const row = await env.DIRECTORY.prepare('select password_hash from users where id = ?').bind(userId).first('password_hash');
    expect(row).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await login()).status).toBe(200);
  });
});

describe('[AUTH-2] access tokens', () => {
  it('[AUTH-2] without one, with a broken one or an expired one there is no answer but the reason', async () => {
    const person = await signUp(harness.url);
    await expectProblem(await fetch(`${harness.url}/api/users/me`), 401, 'unauthenticated');
    await expectProblem(await getMe('nonsense'), 401, 'unauthenticated');
    await expectProblem(await getMe(`${person.accessToken}x`), 401, 'unauthenticated');
    const config = readConfig(env);
    const subject = { userId: person.id, sessionId: sessionIdOf(`=${person.refreshToken}`) };
    expect((await getMe(await issueAccessToken(config, subject, Date.now()))).status).toBe(200);
    await expectProblem(await getMe(await issueAccessToken(config, subject, Date.now() - 901_000)), 401, 'token_expired');
  });
});

describe('[AUTH-3] staying signed in', () => {
  it('[AUTH-3] the cookie gives a new token and the next cookie', async () => {
    const { cookie, userId } = await signUpInBrowser();
    const answer = await post('/api/token/refresh', { cookie: `other=1; ${cookie}` });
    expect(answer.status).toBe(200);
    expect(cookieOf(answer)).not.toBe(cookie);
    const { access_token } = v.parse(refreshAnswer, await answer.json());
    expect(await (await getMe(access_token)).json()).toMatchObject({ id: userId });
    expect((await post('/api/token/refresh', { cookie: cookieOf(answer) })).status).toBe(200);
  });

  it('[AUTH-3] a client without cookies sends and gets the token in the body', async () => {
    const person = await signUp(harness.url);
    const answer = await fetch(`${harness.url}/api/token/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: person.refreshToken }),
    });
    expect(answer.headers.getSetCookie()).toEqual([]);
    const { refresh_token } = v.parse(refreshAnswer, await answer.json());
    expect(refresh_token).toEqual(expect.any(String));
    expect(refresh_token).not.toBe(person.refreshToken);
  });

  it('[AUTH-3] twenty tabs refreshing at once get the same successor', async () => {
    const { cookie } = await signUpInBrowser();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('/api/token/refresh', { cookie })));
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    const [successor, ...others] = new Set(answers.map(cookieOf));
    expect(others).toEqual([]);
    expect((await post('/api/token/refresh', { cookie: successor ?? '' })).status).toBe(200);
  });

  it('[AUTH-3] a tab whose request comes after two rotations of faster ones gets the token that is current, within ten seconds', async () => {
    const { cookie, sessionId } = await signUpInBrowser();
    const first = await post('/api/token/refresh', { cookie });
    const second = await post('/api/token/refresh', { cookie: cookieOf(first) });
    const late = await post('/api/token/refresh', { cookie });
    expect(late.status).toBe(200);
    expect(cookieOf(late)).toBe(cookieOf(second));
    await age(sessionId, 10_001);
    expect((await post('/api/token/refresh', { cookie: cookieOf(late) })).status).toBe(200);
    await age(sessionId, 10_001);
    await expectProblem(await post('/api/token/refresh', { cookie: cookieOf(first) }), 401, 'session_ended');
  });

  it('[AUTH-3] a spent token that comes back after ten seconds ends the session for the thief and the owner', async () => {
    const { cookie, sessionId, token } = await signUpInBrowser();
    const next = await post('/api/token/refresh', { cookie });
    await age(sessionId, 10_001);
    const reused = await post('/api/token/refresh', { cookie });
    expect(cookieOf(reused)).toBe('relayhub_refresh=');
    await expectProblem(reused, 401, 'session_ended');
    await expectProblem(await post('/api/token/refresh', { cookie: cookieOf(next) }), 401, 'session_ended');
    await expectProblem(await getMe(token), 401, 'session_ended');
  });

  it('[AUTH-3] a session left alone for 30 days, or 90 days old, is over', async () => {
    const day = 24 * 60 * 60 * 1000;
    const idle = await signUpInBrowser();
    await age(idle.sessionId, 30 * day + 1);
    await expectProblem(await post('/api/token/refresh', { cookie: idle.cookie }), 401, 'session_ended');
    const old = await signUpInBrowser();
    await env.DIRECTORY.prepare('update sessions set created_at = created_at - ? where id = ?')
      .bind(90 * day + 1, old.sessionId)
      .run();
    await expectProblem(await post('/api/token/refresh', { cookie: old.cookie }), 401, 'session_ended');
  });

  it('[AUTH-3] what is no token, or of no session, refreshes nothing', async () => {
    await expectProblem(await post('/api/token/refresh'), 401, 'unauthenticated');
    for (const text of ['', 'nonsense', formatRefreshToken({ sessionId: randomUUID(), secret: new Uint8Array(randomBytes(32)) })]) {
      const answer = await post('/api/token/refresh', { cookie: `relayhub_refresh=${text}` });
      await expectProblem(answer, 401, text === '' ? 'unauthenticated' : 'session_ended');
    }
    await expectProblem(await post('/api/token/refresh', { body: { refresh_token: 7 } }), 422, 'invalid');
  });

  it('[AUTH-3] the directory holds neither tokens nor passwords', async () => {
    const { cookie, sessionId } = await signUpInBrowser();
    await post('/api/token/refresh', { cookie });
    const [, secret = 'none'] = cookie.split('.');
    const tables = ['users', 'sessions'].map((table) => env.DIRECTORY.prepare(`select * from ${table}`).all());
    const everything = JSON.stringify((await Promise.all(tables)).map(({ results }) => results));
    expect(everything).toContain(sessionId);
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(password);
  });
});

describe('[AUTH-4] signing out', () => {
  it('[AUTH-4] with the access token: REST and refreshing end at once, and it can be repeated', async () => {
    const { cookie, token } = await signUpInBrowser();
    for (let time = 0; time < 2; time++) {
      const answer = await post('/api/logout', { token, cookie });
      expect(answer.status).toBe(204);
      expect(answer.headers.getSetCookie()).toEqual(['relayhub_refresh=; Path=/api; HttpOnly; Secure; SameSite=Strict; Max-Age=0']);
    }
    await expectProblem(await getMe(token), 401, 'session_ended');
    await expectProblem(await post('/api/token/refresh', { cookie }), 401, 'session_ended');
  });

  it('[AUTH-4] with the cookie alone', async () => {
    const { cookie, token } = await signUpInBrowser();
    expect((await post('/api/logout', { cookie })).status).toBe(204);
    expect((await post('/api/logout', { cookie })).status).toBe(204);
    await expectProblem(await getMe(token), 401, 'session_ended');
  });

  it('[AUTH-4] leaves the other sessions of the user and the cookie of another alone', async () => {
    const first = await signUpInBrowser();
    const login = await post('/api/login', { body: { username: first.username, password } });
    const second = { cookie: cookieOf(login), token: v.parse(sessionAnswer, await login.json()).access_token };
    const answer = await post('/api/logout', { token: first.token, cookie: second.cookie });
    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie()).toEqual([]);
    await expectProblem(await getMe(first.token), 401, 'session_ended');
    expect((await getMe(second.token)).status).toBe(200);
    expect((await post('/api/token/refresh', { cookie: second.cookie })).status).toBe(200);
  });

  it('with nothing to show there is nothing to end', async () => {
    await expectProblem(await post('/api/logout'), 401, 'unauthenticated');
  });
});

describe('bad input', () => {
  it('a page of another origin can neither sign in, refresh nor sign out', async () => {
    const { username, cookie, token } = await signUpInBrowser();
    for (const origin of ['https://evil.example', 'null', `${harness.url}.evil.example`]) {
      await expectProblem(await post('/api/signup', { origin, body: { username: newName(), password } }), 403, 'forbidden');
      await expectProblem(await post('/api/login', { origin, body: { username, password } }), 403, 'forbidden');
      await expectProblem(await post('/api/token/refresh', { origin, cookie }), 403, 'forbidden');
      await expectProblem(await post('/api/logout', { origin, cookie, token }), 403, 'forbidden');
    }
    expect((await getMe(token)).status).toBe(200);
  });

  it('malformed, mislabelled and oversized bodies get their coded problem', async () => {
    const send = (body: string, type = 'application/json') =>
      fetch(`${harness.url}/api/login`, { method: 'POST', headers: { 'content-type': type }, body });
    await expectProblem(await send('{"username":'), 422, 'invalid');
    await expectProblem(await send('[]'), 422, 'invalid');
    await expectProblem(await send('{"username":"ada","password":"x"}', 'text/plain'), 415, 'unsupported_media_type');
    await expectProblem(await send(JSON.stringify({ username: 'ada', password: 'x'.repeat(65_536) })), 413, 'too_large');
  });

  it('unknown calls are 404, known ones with another method 405', async () => {
    await expectProblem(await fetch(`${harness.url}/api/nothing`), 404, 'not_found');
    await expectProblem(await fetch(`${harness.url}/api`), 404, 'not_found');
    await expectProblem(await fetch(`${harness.url}/api/users/me/../../nothing`), 404, 'not_found');
    const answer = await fetch(`${harness.url}/api/login`);
    expect(answer.headers.get('allow')).toBe('POST');
    await expectProblem(answer, 405, 'method_not_allowed');
  });

  it('a fault of the store is 503 and tells nothing, in the answer and in the log', async () => {
    const { token } = await signUpInBrowser();
    harness.server.clearLogs();
    const broken = `/api/users/${'0'.repeat(8)}-0000-4000-8000-000000000000`;
    await env.DIRECTORY.prepare('alter table users rename to users_away').run();
    try {
      const answer = await fetch(harness.url + broken, { headers: { authorization: `Bearer ${token}` } });
      const told = await expectProblem(answer, 503, 'unavailable');
      expect(JSON.stringify(told)).not.toMatch(/users|select|sql|d1/i);
    } finally {
      await env.DIRECTORY.prepare('alter table users_away rename to users').run();
    }
    const log = JSON.stringify(harness.server.getLogs());
    expect(log).toContain('/api/users/:id');
    expect(log).not.toMatch(/select|no such table|00000000/i);
  });
});

describe('users', () => {
  it('are found by the beginning of their name, by the signed-in only', async () => {
    const prefix = `p${randomBytes(5).toString('hex')}`;
    const names = ['_a', '_b', '.c'].map((end) => prefix + end);
    for (const username of names) await callApi(harness.url, 'POST', '/api/signup', { username, password, display_name: 'Found' });
    const person = await signUp(harness.url);
    const found = await person.call('GET', `/api/users?username=${prefix.toUpperCase()}_`);
    expect(found.status).toBe(200);
    expect(found.body).toEqual({
      users: names
        .slice(0, 2)
        .map((username) => ({ id: expect.any(String), username, display_name: 'Found', avatar_url: null, deleted: false })),
    });
    expect((await person.call('GET', '/api/users?username=%25_%25')).body).toEqual({ users: [] });
    expect((await person.call('GET', '/api/users?username=a')).status).toBe(422);
    expect((await person.call('GET', '/api/users')).status).toBe(422);
    expect((await callApi(harness.url, 'GET', `/api/users?username=${prefix}`)).status).toBe(401);
  });

  it('who does not want to be found is so by the whole name only', async () => {
    const person = await signUp(harness.url);
    const search = async (name: string) => (await person.call('GET', `/api/users?username=${name}`)).body;
    const beginning = person.username.slice(0, -1);
    expect(await search(beginning)).toMatchObject({ users: [{ id: person.id }] });
    expect((await person.call('PATCH', '/api/users/me', { settings: { findable: false } })).status).toBe(200);
    expect(await search(beginning)).toEqual({ users: [] });
    expect(await search(person.username)).toMatchObject({ users: [{ id: person.id }] });
  });

  it('one is looked up by id; an unknown or impossible id is 404', async () => {
    const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
    const { settings: _, role: __, created_at: ___, ...profile } = ben.user;
    expect(await ada.call('GET', `/api/users/${ben.id}`)).toMatchObject({ status: 200, body: profile });
    expect((await ada.call('GET', `/api/users/${ben.id}`)).body).not.toHaveProperty('settings');
    expect((await ada.call('GET', `/api/users/${randomUUID()}`)).status).toBe(404);
    expect((await ada.call('GET', '/api/users/1%27%20or%201=1')).status).toBe(404);
  });
});

describe('[SEC-1] headers', () => {
  it.each(['/', '/some/chat', '/api/config', '/api/nothing', '/missing.js'])('[SEC-1] %s carries them all', async (path) => {
    const answer = await fetch(harness.url + path);
    const csp = answer.headers.get('content-security-policy') ?? '';
    expect(csp).toContain("default-src 'none'");
    expect(csp).toContain(`img-src 'self' blob: ${new URL(env.S3_ENDPOINT).origin}`);
    expect(csp).toContain(`connect-src 'self' ${harness.url.replace('http', 'ws')}`);
    expect(csp).not.toMatch(/unsafe|\*/);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'strict-transport-security': expect.stringMatching(/^max-age=\d{8}/),
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'permissions-policy': 'camera=(self), microphone=(self), geolocation=()',
    });
  });

  it('every path that names no file is the page, and files that are not there are 404', async () => {
    for (const path of ['/', '/chats/some-id']) {
      const answer = await fetch(harness.url + path);
      expect(answer.status, path).toBe(200);
      expect(answer.headers.get('content-type'), path).toMatch(/^text\/html/);
    }
    expect((await fetch(`${harness.url}/missing.js`)).status).toBe(404);
    expect((await fetch(`${harness.url}/`, { method: 'POST' })).status).toBe(405);
  });
});
