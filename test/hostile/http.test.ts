import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAccessTokenKeys } from '../../scripts/lib/secrets.mjs';
import { issueAccessToken } from '../../src/auth/access-tokens';
import { type Config, type Env, readConfig } from '../../src/config';
import { messageAnswer, problem, usersAnswer } from '../../src/protocol/rest';
import { Bucket } from '../support/bucket';
import { type ChatOfTwo, makeGroup, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { attack, expectProblem, expectQuietLogs, type Reply, roomRows } from '../support/hostility';
import { readImage } from '../support/images';
import { picture, uploadImage } from '../support/media';
import { type Person, signUp } from '../support/people';

/** In every text that is sent: shows wherever something leaks. */
const mark = 'the-heron-flies-at-nine';

let harness: Harness;
let config: Config;
let bucket: Bucket;
let chat: ChatOfTwo;
let eve: Person;
beforeAll(async () => {
  harness = await startHarness({});
  config = readConfig(await harness.server.getWorker<Env>().getEnv());
  bucket = new Bucket(harness.url);
  [chat, eve] = await Promise.all([makeGroup(harness.url, null), signUp(harness.url, 'eve')]);
  await chat.ada.call('POST', `/api/chats/${chat.chatId}/messages`, text(`${mark}, said Ada`));
});
afterAll(async () => {
  expectQuietLogs(harness, mark, chat.ada.accessToken, chat.ada.password);
  bucket.close();
  await harness.close();
});

/** Everything an attack could have changed. */
async function rowsAndPlaces(): Promise<unknown> {
  const { DIRECTORY } = await harness.server.getWorker<Env>().getEnv();
  const counts = ['users', 'chat_rooms', 'chat_members', 'media', 'blocks'].map((table) =>
    DIRECTORY.prepare(`SELECT count(*) AS n FROM ${table}`).first('n'),
  );
  return Promise.all([roomRows(harness, chat), bucket.keysOf(chat.chatId), ...counts]);
}

const at = (path: string) => harness.url + path;
const messagesPath = () => `/api/chats/${chat.chatId}/messages`;
const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  attack('POST', at(path), { body, token: chat.ada.accessToken, headers });

/** The fields that a problem names. */
function pathsOf({ text }: Reply): (string | undefined)[] {
  return v.parse(problem, JSON.parse(text)).errors?.map((error) => error.path) ?? [];
}

describe('bodies', () => {
  const paths = ['/api/signup', '/api/login', '/api/chats', '/api/media/upload', 'messages'];
  const pathOf = (path: string) => (path === 'messages' ? messagesPath() : path);

  it.each(paths)('%s refuses what is no JSON object with 422, and changes nothing', async (path) => {
    const before = await rowsAndPlaces();
    const deep = '['.repeat(30_000);
    const broken = [
      `{"${mark}`,
      '',
      'null',
      '[]',
      '7',
      `"${mark}"`,
      `{"${mark}":1}`,
      deep,
      deep + ']'.repeat(30_000),
      '{"a":'.repeat(9_000),
      '\u0000{}',
    ];
    for (const body of [...broken, new Uint8Array([0x22, 0xc3, 0x28, 0x22])])
      expectProblem(await post(pathOf(path), body), [422, 'invalid'], mark);
    expect(await rowsAndPlaces()).toEqual(before);
  });

  it.each(paths)('%s takes application/json alone', async (path) => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'multipart/form-data; boundary=b', ''])
      expectProblem(await post(pathOf(path), '{}', { 'content-type': type }), [415, 'unsupported_media_type']);
  });

  it('more than a call takes is 413, announced or not', async () => {
    const before = await rowsAndPlaces();
    const large = JSON.stringify({ ...text('x'), filler: mark.repeat(4_000) });
    for (const path of ['/api/signup', '/api/login', '/api/chats', messagesPath()]) {
      expectProblem(await post(path, large), [413, 'too_large'], mark);
      const body = new Blob([large]).stream();
      expectProblem(
        await attack('POST', at(path), { body, token: chat.ada.accessToken, headers: { 'content-type': 'application/json' } }),
        [413, 'too_large'],
        mark,
      );
    }
    expect(await rowsAndPlaces()).toEqual(before);
  });

  it('[SEND-5] a message with wrong types, over-long values or broken Unicode is 422 naming the path', async () => {
    const before = await rowsAndPlaces();
    const long = mark.repeat(2_000);
    for (const [wrong, path] of [
      [{ id: undefined }, 'id'],
      [{ id: 7 }, 'id'],
      [{ id: long }, 'id'],
      [{ id: randomUUID().toUpperCase() }, 'id'],
      [{ id: `${randomUUID()}\u0000` }, 'id'],
      [{ content: 7 }, 'content'],
      [{ content: { toString: mark } }, 'content'],
      [{ content: [mark] }, 'content'],
      [{ content: ' \n\t' }, 'content'],
      [{ content: 'x'.repeat(5_001) }, 'content'],
      [{ content: '\u{1f9a2}'.repeat(4_500) }, 'content'],
      [{ content: `${mark}\ud800` }, 'content'],
      [{ message_type: 'system' }, 'message_type'],
      [{ message_type: '__proto__' }, 'message_type'],
      [{ message_type: ['text'] }, 'message_type'],
      [{ reply_to: mark }, 'reply_to'],
      [{ reply_to: randomUUID() }, 'reply_to'],
      [{ media_id: randomUUID() }, 'media_id'],
      [{ expire_mode: 'never' }, 'expire_mode'],
    ] as const) {
      const reply = await post(messagesPath(), JSON.stringify({ ...text(mark), ...wrong }));
      expectProblem(reply, [422, 'invalid'], mark);
      expect(pathsOf(reply), JSON.stringify(wrong).slice(0, 100)).toContain(path);
    }
    expect(await rowsAndPlaces()).toEqual(before);
  });

  it('a chat with wrong types, over-long lists or names with control characters is 422 naming the path', async () => {
    const before = await rowsAndPlaces();
    const good = { is_group: true, name: 'Crew', member_ids: [chat.ben.id] };
    for (const [wrong, path] of [
      [{ is_group: 'true' }, 'is_group'],
      [{ id: mark }, 'id'],
      [{ name: 'a\u0000b' }, 'name'],
      [{ name: `a\ud800` }, 'name'],
      [{ name: 'x'.repeat(81) }, 'name'],
      [{ member_ids: chat.ben.id }, 'member_ids'],
      [{ member_ids: [{ $ne: null }] }, 'member_ids.0'],
      [{ member_ids: Array.from({ length: 1_000 }, () => chat.ben.id) }, 'member_ids'],
      [{ expiry: { expires_in_seconds: 60 } }, 'expiry.expire_mode'],
    ] as const) {
      const reply = await post('/api/chats', JSON.stringify({ ...good, ...wrong }));
      expectProblem(reply, [422, 'invalid'], mark);
      expect(pathsOf(reply)).toContain(path);
    }
    expect(await rowsAndPlaces()).toEqual(before);
  });

  it('names of a user with control characters, broken Unicode or SQL in them are 422', async () => {
    const before = await rowsAndPlaces();
    const good = { username: 'somebody', password: 'a lantern for the harbour' };
    for (const [wrong, path] of [
      [{ username: 'a\u0000bc' }, 'username'],
      [{ username: "x' OR '1'='1" }, 'username'],
      [{ username: 'x'.repeat(33) }, 'username'],
      [{ username: { length: 5 } }, 'username'],
      [{ password: '\ud800'.repeat(10) }, 'password'],
      [{ password: 'x'.repeat(513) }, 'password'],
      [{ display_name: 'a\u0000b' }, 'display_name'],
      [{ display_name: 'x'.repeat(65) }, 'display_name'],
    ] as const) {
      const reply = await post('/api/signup', JSON.stringify({ ...good, ...wrong }));
      expectProblem(reply, [422, 'invalid'], 'lantern');
      expect(pathsOf(reply)).toContain(path);
    }
    expect(await rowsAndPlaces()).toEqual(before);
  });

  it('keys like __proto__ are ignored as every unknown key, and NUL in a text stays what it is', async () => {
    const own = await makeGroup(harness.url, null);
    const said = { ...text(`a\u0000b \u202e${mark}`), is_admin: true };
    const body = JSON.stringify(said).replace(
      '{',
      '{"__proto__":{"content":"polluted"},"constructor":{"prototype":{"content":"polluted"}},',
    );
    const reply = await attack('POST', at(`/api/chats/${own.chatId}/messages`), { body, token: own.ada.accessToken });
    expect(reply.status).toBe(201);
    const { message } = v.parse(messageAnswer, JSON.parse(reply.text));
    expect(message).toMatchObject({ id: said.id, content: said.content, sender_id: own.ada.id });
    expect(reply.text).not.toContain('polluted');
    const bare = { ...said, id: randomUUID(), content: undefined };
    expectProblem(
      await attack('POST', at(`/api/chats/${own.chatId}/messages`), { body: JSON.stringify(bare), token: own.ada.accessToken }),
      [422, 'invalid'],
    );
  });
});

describe('addresses', () => {
  it('what is no call is 404, what is one by another method 405 with those that are', async () => {
    const { accessToken: token } = chat.ada;
    for (const path of [
      '/api',
      '/api/',
      '/api/nothing',
      '/api/chats/x/y/z',
      '/api//chats',
      '/api/__proto__',
      '/api/%00',
      '/api/constructor',
    ])
      expectProblem(await attack('GET', at(path), { token }), [404, 'not_found']);
    for (const [method, path, allow] of [
      ['GET', '/api/signup', 'POST'],
      ['DELETE', '/api/chats', 'POST'],
      ['PUT', '/api/health', 'GET'],
      ['PROPFIND', '/api/health', 'GET'],
    ] as const) {
      const reply = await attack(method, at(path), { token });
      expectProblem(reply, [405, 'method_not_allowed']);
      expect(reply.headers.get('allow')).toBe(allow);
    }
    const overridden = await attack('GET', at('/api/users/me'), { token, headers: { 'x-http-method-override': 'DELETE' } });
    expect(overridden.status).toBe(200);
  });

  it('an id that is none is 404, however long or broken it is', async () => {
    const { accessToken: token } = chat.ada;
    for (const id of [
      'x',
      '7',
      'x'.repeat(4_000),
      '%00',
      '%ff',
      '%E0%A4%A',
      '%',
      '..%2f..%2fusers',
      "'--",
      '__proto__',
      chat.chatId.toUpperCase(),
      `${chat.chatId}%00`,
    ]) {
      for (const path of [`/api/chats/${id}`, `/api/users/me/chats/${id}/messages`, `/api/media/${id}`, `/api/users/${id}`]) {
        const reply = await attack('GET', at(path), { token });
        expectProblem(reply, [404, 'not_found']);
      }
      expectProblem(
        await attack('POST', at(`/api/chats/${id}/messages`), { token, body: JSON.stringify(text(mark)) }),
        [404, 'not_found'],
        mark,
      );
      for (const method of ['POST', 'DELETE'])
        expectProblem(await attack(method, at(`/api/users/${id}/block`), { token }), [404, 'not_found']);
    }
  });

  it('[BLOCK-1] nobody blocks themselves, nobody at all, or without a session, and nothing is kept of it', async () => {
    const { accessToken: token, id: ownId } = chat.ada;
    const before = await rowsAndPlaces();
    expectProblem(await attack('POST', at(`/api/users/${ownId}/block`), { token }), [422, 'invalid']);
    expectProblem(await attack('POST', at(`/api/users/${randomUUID()}/block`), { token }), [404, 'not_found']);
    for (const [method, path] of [
      ['POST', `/api/users/${eve.id}/block`],
      ['DELETE', `/api/users/${eve.id}/block`],
      ['GET', '/api/users/me/blocks'],
    ] as const)
      expectProblem(await attack(method, at(path)), [401, 'unauthenticated']);
    for (const cursor of ['x', '-1_', "9' OR 1=1--", '%00'])
      expect((await attack('GET', at(`/api/users/me/blocks?cursor=${cursor}`), { token })).text).toBe('{"blocks":[],"next_cursor":null}');
    expectProblem(await attack('GET', at('/api/users/me/blocks?limit=0'), { token }), [422, 'invalid']);
    expect(await rowsAndPlaces()).toEqual(before);
  });

  it('a query with a wrong value is 422, and SQL in one finds nothing', async () => {
    const { accessToken: token } = chat.ada;
    const history = `/api/users/me/chats/${chat.chatId}/messages`;
    for (const query of ['limit=0', 'limit=101', 'limit=-1', 'limit=1e2', 'limit=ten', 'limit=', 'before=x', "before=' OR 1=1--"])
      expectProblem(await attack('GET', at(`${history}?${query}`), { token }), [422, 'invalid']);
    expectProblem(await attack('GET', at(`${history}?before=${randomUUID()}`), { token }), [404, 'not_found']);
    for (const cursor of ['x', '-1_', "9' OR 1=1--", 'x'.repeat(4_000), '%00'])
      expect((await attack('GET', at(`/api/users/me/chats?cursor=${cursor}`), { token })).status).toBe(200);
    for (const name of ['%25%25', '__', '%00%00', 'a%27%20OR%201=1--']) {
      const reply = await attack('GET', at(`/api/users?username=${name}`), { token });
      expect([reply.status, v.parse(usersAnswer, JSON.parse(reply.text)).users]).toEqual([200, []]);
    }
  });
});

describe('callers', () => {
  /** Every call that needs one. */
  const calls = (): [string, string, object?][] => [
    ['GET', '/api/users/me'],
    ['GET', `/api/users/${chat.ben.id}`],
    ['GET', '/api/users?username=ada'],
    ['POST', '/api/chats', { is_group: false, member_ids: [chat.ben.id] }],
    ['GET', `/api/chats/${chat.chatId}`],
    ['GET', '/api/users/me/chats'],
    ['GET', `/api/users/me/chats/${chat.chatId}/messages`],
    ['POST', messagesPath(), text(mark)],
    ['POST', '/api/media/upload', { chat_id: chat.chatId, image_data: '', file_type: 'image/png' }],
    ['GET', `/api/media/${randomUUID()}`],
    ['GET', `/api/media?ids=${randomUUID()}`],
  ];

  it('[AUTH-2] no, a broken, a foreign, an unsigned or an expired token is 401 at every call, and changes nothing', async () => {
    const before = await rowsAndPlaces();
    const subject = { userId: chat.ada.id, sessionId: randomUUID() };
    const foreignKeys: Config['accessTokenKeys'] = JSON.parse(makeAccessTokenKeys());
    const [header = '', payload = '', signature = ''] = chat.ada.accessToken.split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const [key] = config.accessTokenKeys;
    const withPublicKey = new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: key.kid })
      .sign(Buffer.from(key.x, 'base64url'));
    const tokens: [string | undefined, string][] = [
      [undefined, 'unauthenticated'],
      ['x', 'unauthenticated'],
      ['..', 'unauthenticated'],
      ['x'.repeat(6_000), 'unauthenticated'],
      [`${header}.${payload}.`, 'unauthenticated'],
      [`${header}.${encode({ ...claims, sub: chat.ben.id })}.${signature}`, 'unauthenticated'],
      [`${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`, 'unauthenticated'],
      [await withPublicKey, 'unauthenticated'],
      [await issueAccessToken({ ...config, accessTokenKeys: foreignKeys }, subject, Date.now()), 'unauthenticated'],
      [await issueAccessToken({ ...config, appOrigin: 'https://elsewhere.example' }, subject, Date.now()), 'unauthenticated'],
      [await issueAccessToken(config, subject, Date.now() - 16 * 60_000), 'token_expired'],
    ];
    for (const [method, path, body] of calls()) {
      for (const [token, code] of tokens) {
        const options = { ...(token !== undefined && { token }), ...(body !== undefined && { body: JSON.stringify(body) }) };
        expectProblem(await attack(method, at(path), options), [401, code], mark);
      }
    }
    for (const authorization of ['Bearer', 'Basic eDp5', `bearer: ${chat.ada.accessToken}`, `Bearer ${chat.ada.accessToken} x`])
      expectProblem(await attack('GET', at('/api/users/me'), { headers: { authorization } }), [401, 'unauthenticated']);
    expect(await rowsAndPlaces()).toEqual(before);
  });

  it('a foreign chat is 404 at every call, as one that does not exist, and another user’s list is 403', async () => {
    const medium = await uploadImage(chat.ada, chat.chatId);
    const before = await rowsAndPlaces();
    const { accessToken: token } = eve;
    for (const id of [chat.chatId, randomUUID()]) {
      const image = Buffer.from(readImage('palette.png')).toString('base64');
      const attempts: [string, string, object?][] = [
        ['GET', `/api/chats/${id}`],
        ['GET', `/api/users/me/chats/${id}/messages`],
        ['POST', `/api/chats/${id}/messages`, text(mark)],
        ['POST', '/api/media/upload', { chat_id: id, image_data: image, file_type: 'image/png' }],
      ];
      for (const [method, path, body] of attempts) {
        const reply = await attack(method, at(path), { token, ...(body !== undefined && { body: JSON.stringify(body) }) });
        expectProblem(reply, [404, 'not_found'], mark);
      }
    }
    expectProblem(await attack('GET', at(`/api/media/${medium.id}`), { token }), [404, 'not_found']);
    const stolen = await attack('POST', at(messagesPath()), { token: chat.ben.accessToken, body: JSON.stringify(picture(medium.id)) });
    expectProblem(stolen, [404, 'not_found']);
    for (const path of [`/api/users/${chat.ada.id}/chats`, `/api/users/${chat.ada.id}/chats/${chat.chatId}/messages`])
      expectProblem(await attack('GET', at(path), { token }), [403, 'forbidden']);
    expect(await rowsAndPlaces()).toEqual(before);
  });
});

describe('files', () => {
  it('[MEDIA-1] what is not the image it claims is refused, and leaves nothing behind', async () => {
    const own = await makeGroup(harness.url, null);
    const png = readImage('palette.png');
    const bytes = (content: string) => new TextEncoder().encode(content);
    for (const [content, type, expected] of [
      [bytes(`<script>${mark}</script>`), 'image/png', [422, 'media_damaged']],
      [bytes(`<svg xmlns="http://www.w3.org/2000/svg" onload="${mark}"/>`), 'image/svg+xml', [415, 'unsupported_media_type']],
      [new Uint8Array([...png.subarray(0, 8), ...bytes(mark)]), 'image/png', [422, 'media_damaged']],
      [png, 'image/jpeg', [422, 'media_damaged']],
      [png, 'text/html', [415, 'unsupported_media_type']],
      [new Uint8Array(0), 'image/png', [422, 'media_damaged']],
    ] as [Uint8Array, string, [number, string]][]) {
      const body = JSON.stringify({ chat_id: own.chatId, image_data: Buffer.from(content).toString('base64'), file_type: type });
      expectProblem(await attack('POST', at('/api/media/upload'), { body, token: own.ada.accessToken }), expected, mark);
    }
    expect(await bucket.keysOf(own.chatId)).toEqual([]);
  });
});
