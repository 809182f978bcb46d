import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readBody, readOptionalBody, validate } from '../../src/api/body';
import { answerError, problemAnswer } from '../../src/api/problems';
import { Refusal } from '../../src/protocol/errors';
import { createChatBody, problem, signupBody } from '../../src/protocol/rest';

const schema = v.object({ name: v.string() });

function post(body: BodyInit | null, type = 'application/json'): Request {
  return new Request('http://relayhub.example/api/x', { method: 'POST', body, headers: { 'content-type': type } });
}

describe('problems', () => {
  afterEach(() => vi.restoreAllMocks());

  it('a refusal becomes problem+json with code, fields and Retry-After', async () => {
    const answer = problemAnswer(
      new Refusal('rate_limited', 'Slowly.', { fields: [{ path: 'a.0', message: 'is bad' }], retryAfterMs: 1_001 }),
    );
    expect(answer.status).toBe(429);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(v.parse(problem, await answer.json())).toEqual({
      type: 'about:blank',
      title: 'Too many requests',
      status: 429,
      code: 'rate_limited',
      detail: 'Slowly.',
      errors: [{ path: 'a.0', message: 'is bad' }],
    });
  });

  it('an unknown error tells the caller nothing and the log only its class', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const answer = answerError(new TypeError('secret words'), 'POST', '/api/chats/:id');
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toMatch(/secret|TypeError/);
    expect(log.mock.calls).toEqual([['{"event":"fault","error":"TypeError","method":"POST","route":"/api/chats/:id"}']]);
  });
});

describe('bodies', () => {
  it('reads what fits the schema and drops what it does not know', async () => {
    expect(await readBody(post('{"name":"Ada","more":1}'), schema)).toEqual({ name: 'Ada' });
    expect(await readBody(post('{"name":"Ada"}', 'Application/JSON; charset=utf-8'), schema)).toEqual({ name: 'Ada' });
  });

  it.each<[string, Request, string]>([
    ['another type', post('{"name":"Ada"}', 'text/plain'), 'unsupported_media_type'],
    ['a type that only begins so', post('{"name":"Ada"}', 'application/jsonp'), 'unsupported_media_type'],
    ['broken JSON', post('{"name":'), 'invalid'],
    ['no body', post(''), 'invalid'],
    ['broken UTF-8', post(new Uint8Array([0x7b, 0xff, 0x7d])), 'invalid'],
    ['an array', post('[]'), 'invalid'],
    ['null', post('null'), 'invalid'],
    ['a wrong type', post('{"name":7}'), 'invalid'],
    ['too many bytes', post(`{"name":"${'a'.repeat(100)}"}`), 'too_large'],
  ])('%s is refused', async (_what, request, code) => {
    await expect(readBody(request, schema, 100)).rejects.toMatchObject({ name: 'Refusal', code });
  });

  it('a body without a length is read no further than its bound', async () => {
    let chunks = 0;
    let isCancelled = false;
    const endless = new ReadableStream({
      pull(controller) {
        chunks++;
        controller.enqueue(new Uint8Array(1024));
      },
      cancel() {
        isCancelled = true;
      },
    });
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      body: endless,
      headers: { 'content-type': 'application/json' },
      duplex: 'half',
    };
    await expect(readBody(new Request('http://relayhub.example/', init), schema, 4096)).rejects.toMatchObject({ code: 'too_large' });
    expect(chunks).toBeLessThan(10);
    expect(isCancelled).toBe(true);
  });

  it('no body at all is fine where none is needed', async () => {
    const optional = v.object({ name: v.optional(v.string()) });
    expect(await readOptionalBody(new Request('http://relayhub.example/', { method: 'POST' }), optional)).toEqual({});
    await expect(readOptionalBody(post('{"name":1}'), optional)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('every wrong field is named, and no reason repeats what was sent', () => {
    const secret = 'hunter2';
    const attempts: [v.GenericSchema, unknown, string[]][] = [
      [signupBody, { username: secret.toUpperCase().repeat(30), password: secret }, ['username', 'password']],
      [signupBody, { username: [secret], password: { secret } }, ['username', 'password']],
      [signupBody, {}, ['username', 'password']],
      [createChatBody, { is_group: secret, member_ids: [secret, secret] }, ['is_group', 'member_ids.0', 'member_ids.1']],
    ];
    for (const [bodySchema, input, paths] of attempts) {
      const refusal = catchRefusal(() => validate(bodySchema, input));
      expect(refusal.fields.map((field) => field.path)).toEqual(expect.arrayContaining(paths));
      expect(JSON.stringify(refusal.fields).toLowerCase()).not.toContain(secret);
    }
  });
});

function catchRefusal(work: () => unknown): Refusal {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('Nothing was refused');
}
