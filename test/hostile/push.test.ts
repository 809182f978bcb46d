import { createECDH, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Harness, startHarness } from '../support/harness';
import { attack, expectProblem, expectQuietLogs } from '../support/hostility';
import { type Person, signUp } from '../support/people';

let harness: Harness;
let ada: Person;
beforeAll(async () => {
  // Served by HTTPS, as in production: this machine is no push service then.
  harness = await startHarness({ APP_ORIGIN: 'https://relayhub.test' });
  ada = await signUp(harness.url, 'ada');
});
afterAll(() => harness.close());

const keys = { p256dh: createECDH('prime256v1').generateKeys('base64url'), auth: randomBytes(16).toString('base64url') };
const good = { endpoint: 'https://push.services.mozilla.com/wpush/v2/secret-of-the-device', keys };
const put = (body: unknown, token = ada.accessToken) =>
  attack('PUT', `${harness.url}/api/users/me/push`, { body: typeof body === 'string' ? body : JSON.stringify(body), token });

async function inbox(statement: string): Promise<unknown[]> {
  const storage = await harness.worker.getDurableObjectStorage('Inbox', { name: ada.id });
  return storage.exec(statement);
}

const offCurve = Buffer.from(keys.p256dh, 'base64url');
offCurve[64] = (offCurve[64] ?? 0) ^ 1;
const withKeys = (change: object) => ({ ...good, keys: { ...keys, ...change } });

const bad: Record<string, unknown> = {
  'no endpoint': { keys },
  'no keys': { endpoint: good.endpoint },
  'keys of another type': { ...good, keys: [keys] },
  'an endpoint of another type': { ...good, endpoint: { href: good.endpoint } },
  'a point that is cut off': withKeys({ p256dh: keys.p256dh.slice(0, 40) }),
  'a point that is too long': withKeys({ p256dh: `${keys.p256dh}AAAA` }),
  'a point off the curve': withKeys({ p256dh: offCurve.toString('base64url') }),
  'a point at infinity': withKeys({ p256dh: Buffer.alloc(65).toString('base64url') }),
  'another alphabet': withKeys({ auth: '+/+/+/+/+/+/+/+/+/+/+/' }),
  'a secret that is too short': withKeys({ auth: keys.auth.slice(2) }),
  'an endless address': { ...good, endpoint: `${good.endpoint}/${'a'.repeat(1_024)}` },
};

const places = [
  'http://push.services.mozilla.com/a',
  'https://push.services.mozilla.com:8443/a',
  'https://user:word@push.services.mozilla.com/a',
  'https://localhost/a',
  'https://127.0.0.1/a',
  'http://127.0.0.1:9/a',
  'https://2130706433/a',
  'https://0x7f.1/a',
  'https://10.0.0.8/a',
  'https://169.254.169.254/latest/meta-data',
  'https://[::1]/a',
  'https://[fd00::1]/a',
  'https://[::ffff:10.0.0.8]/a',
  'https://intranet/a',
  'https://router.lan/a',
  'https://metadata.google.internal/a',
  'https://printer.local./a',
  'https://push.example.com.:443/a',
  'ftp://push.example.com/a',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'push.example.com',
  '',
];

describe('[INBOX-5] a push subscription that is none is refused, and nothing is kept', () => {
  test.each(Object.keys(bad))('%s', async (what) => {
    expectProblem(await put(bad[what]), [422, 'invalid'], 'secret-of-the-device');
  });

  test.each(places)('a place that is no push service: %s', async (endpoint) => {
    expectProblem(await put({ ...good, endpoint }), [422, 'invalid'], endpoint === '' ? '' : endpoint);
  });

  test('by no JSON, by too much of it, and by nobody', async () => {
    expectProblem(await put('{'), [422, 'invalid']);
    expectProblem(await put({ ...good, more: 'a'.repeat(70_000) }), [413, 'too_large']);
    expectProblem(await put(good, 'x'), [401, 'unauthenticated']);
    expectProblem(await attack('DELETE', `${harness.url}/api/users/me/push`), [401, 'unauthenticated']);
    expectProblem(await attack('POST', `${harness.url}/api/users/me/push`, { token: ada.accessToken }), [405, 'method_not_allowed']);
  });

  test('while a good one is kept, and told to nobody', async () => {
    // Of all that was refused the inbox has not even set up its tables.
    expect(await inbox("SELECT name FROM sqlite_master WHERE name = 'push_subscriptions'")).toEqual([]);
    expect((await put({ ...good, more: 1 })).status).toBe(204);
    expect(await inbox('SELECT endpoint FROM push_subscriptions')).toEqual([{ endpoint: good.endpoint }]);
    const me = await attack('GET', `${harness.url}/api/users/me`, { token: ada.accessToken });
    expect(me.text).not.toContain('secret-of-the-device');
    expectQuietLogs(harness, 'secret-of-the-device', keys.auth, keys.p256dh);
  });
});
