import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Env } from '../../src/config';
import { type Harness, startHarness } from '../support/harness';
import { type Answer, callApi, type Person, signUp } from '../support/people';
import { until } from '../support/poll';

/** The limits as they are deployed. */
let harness: Harness;
let ada: Person;
let ben: Person;
beforeAll(async () => {
  harness = await startHarness({ RELAYHUB_LIMIT_FACTOR: '1' });
  [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
});
afterAll(() => harness.close());

/** Calls at once, twice as many as the limit lets through: how many it did, and one that it did not. */
async function flood(burst: number, call: (index: number) => Promise<Answer>): Promise<{ passed: Answer[]; limited: Answer | undefined }> {
  const answers = await Promise.all(Array.from({ length: 2 * burst }, (_, index) => call(index)));
  return { passed: answers.filter(({ status }) => status !== 429), limited: answers.find(({ status }) => status === 429) };
}

/** @param refillSeconds until the next call is let through, at most */
function expectLimited(answer: Answer | undefined, refillSeconds: number): void {
  expect(answer).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  const seconds = Number(answer?.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(refillSeconds);
}

describe('what is counted outside of rooms', () => {
  it('[LIMIT-1] ten logins of a name, right or wrong, then 429 for that name alone, eviction or not', async () => {
    const logIn = (person: Person, password: string) =>
      callApi(harness.url, 'POST', '/api/login', { username: person.username, password, cookie: false });
    const { passed, limited } = await flood(10, () => logIn(ada, 'not the password'));
    expect(passed.length).toBeGreaterThanOrEqual(10);
    expect(new Set(passed.map(({ status }) => status))).toEqual(new Set([401]));
    expectLimited(limited, 30);
    for (const id of await harness.server.getWorker().listDurableObjectIds('Limiter'))
      await harness.server.getWorker().evictDurableObject('Limiter', { id });
    expect((await flood(10, () => logIn(ada, 'not the password'))).passed.length).toBeLessThan(10);
    expect((await logIn(ben, ben.password)).status).toBe(200);
  });

  it('[LIMIT-1] twenty new chats, then 429, while those that exist can be opened and repeated', async () => {
    const id = randomUUID();
    const create = (groupId: string) => ben.call('POST', '/api/chats', { id: groupId, is_group: true, name: 'Many', member_ids: [ada.id] });
    expect((await create(id)).status).toBe(201);
    const { passed, limited } = await flood(20, () => create(randomUUID()));
    expect(passed.length).toBeGreaterThanOrEqual(19);
    expectLimited(limited, 30);
    await until('the directory to know the first chat', async () => (await create(id)).status === 200);
  });

  it('[LIMIT-1] ten changes of what rooms keep of a user, then 429 and none, while other settings can still be changed', async () => {
    const { passed, limited } = await flood(10, (index) => ben.call('PATCH', '/api/users/me', { display_name: `Ben ${index}` }));
    expect(passed.length).toBeGreaterThanOrEqual(10);
    expectLimited(limited, 60);
    expect((await ben.call('PATCH', '/api/users/me', { settings: { read_receipts: false } })).status).toBe(429);
    const answer = await ben.call('PATCH', '/api/users/me', { settings: { findable: false } });
    expect(answer).toMatchObject({ status: 200, body: { settings: { read_receipts: true, findable: false } } });
  });

  it('[LIMIT-1] thirty searches, then 429', async () => {
    const { passed, limited } = await flood(30, () => ada.call('GET', '/api/users?username=be'));
    expect(passed.length).toBeGreaterThanOrEqual(30);
    expect(new Set(passed.map(({ status }) => status))).toEqual(new Set([200]));
    expectLimited(limited, 2);
  });

  it('[LIMIT-1] fifty uploads, however they begin, then 429 before a byte of them is read', async () => {
    const { passed, limited } = await flood(50, (index) => ben.call('POST', index % 2 === 0 ? '/api/media' : '/api/media/upload', {}));
    expect(passed.length).toBeGreaterThanOrEqual(50);
    expect(new Set(passed.map(({ status }) => status))).toEqual(new Set([422]));
    expectLimited(limited, 2);
  });

  it('[LIMIT-1] a hundred and twenty refresh tokens of an address, right or wrong, refreshed or signed out, then 429', async () => {
    const { passed, limited } = await flood(120, (index) =>
      callApi(harness.url, 'POST', index % 2 === 0 ? '/api/token/refresh' : '/api/logout', { refresh_token: `guess ${index}` }),
    );
    expect(passed.length).toBeGreaterThanOrEqual(120);
    for (const { status } of passed) expect([204, 401]).toContain(status);
    expectLimited(limited, 1);
    // Who has an access token signs out all the same.
    expect((await ada.call('POST', '/api/logout')).status).toBe(204);
  });

  it('[LIMIT-1] ten sign-ups of an address, then 429 and no account', async () => {
    const { passed, limited } = await flood(10, (index) =>
      callApi(harness.url, 'POST', '/api/signup', { username: `many${index}_${randomUUID().slice(0, 8)}`, password: 'ride the 9 storms' }),
    );
    expectLimited(limited, 60);
    const { DIRECTORY } = await harness.server.getWorker<Env>().getEnv();
    const made = await DIRECTORY.prepare("SELECT count(*) AS n FROM users WHERE username LIKE 'many%'").first('n');
    expect(made).toBe(passed.length);
  });
});
