import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TokenKeeper } from '../../web/wire/token-keeper';
import { FakePlatform, settle } from './web-platform';

const tokenFor = (userId: string, number: number) => `head.${btoa(JSON.stringify({ sub: userId, number })).replaceAll('=', '')}.signature`;

describe('[AUTH-3] the access token in a page', () => {
  let platform: FakePlatform;
  let refreshes: number;
  const lost = vi.fn();
  const userChanged = vi.fn();
  let tokens: TokenKeeper;

  beforeEach(() => {
    platform = new FakePlatform();
    refreshes = 0;
    platform.answer = () => Response.json({ access_token: tokenFor('ada', ++refreshes), expires_in: 900 });
    lost.mockReset();
    userChanged.mockReset();
    tokens = new TokenKeeper(platform, { lost, userChanged });
  });

  it('[AUTH-2] is used as long as it lives and renewed before it ends', async () => {
    tokens.adopt(tokenFor('ada', 0), 900);
    await platform.pass(860_000);
    expect(await tokens.current()).toBe(tokenFor('ada', 0));
    await platform.pass(20_000);
    expect(await tokens.current()).toBe(tokenFor('ada', 1));
  });

  it('[AUTH-3] is renewed once however many ask', async () => {
    const answers = await Promise.all([tokens.current(), tokens.current(), tokens.renew('spent')]);
    expect(answers).toEqual(Array(3).fill(tokenFor('ada', 1)));
    expect(refreshes).toBe(1);
  });

  it('[AUTH-3] is not renewed for somebody who was refused with an older one', async () => {
    tokens.adopt(tokenFor('ada', 5), 900);
    expect(await tokens.renew(tokenFor('ada', 4))).toBe(tokenFor('ada', 5));
    expect(refreshes).toBe(0);
    expect(await tokens.renew(tokenFor('ada', 5))).toBe(tokenFor('ada', 1));
  });

  it('[AUTH-3] a refused refresh ends the session, once', async () => {
    platform.answer = () =>
      Response.json({ type: 'about:blank', title: '', status: 401, code: 'session_ended', detail: '' }, { status: 401 });
    await expect(tokens.current()).rejects.toMatchObject({ code: 'session_ended' });
    expect(lost).toHaveBeenCalledOnce();
  });

  it.each([
    ['a lost network', () => Promise.reject(new TypeError('Failed to fetch')), 'offline'],
    ['a server in trouble', () => new Response('<html>', { status: 502 }), 'unavailable'],
  ])('%s ends no session', async (_, answer, code) => {
    platform.answer = answer;
    await expect(tokens.current()).rejects.toMatchObject({ code });
    expect(lost).not.toHaveBeenCalled();
    platform.answer = () => Response.json({ access_token: tokenFor('ada', 9), expires_in: 900 });
    expect(await tokens.current()).toBe(tokenFor('ada', 9));
  });

  it('a request that hangs counts as unanswered', async () => {
    platform.fetch = (_, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    const outcome = expect(tokens.current()).rejects.toMatchObject({ code: 'offline' });
    await platform.pass(20_000);
    await outcome;
  });

  it('a renewal that was under way at sign-out brings nobody back', async () => {
    let release = (_: Response) => {};
    platform.answer = () => new Promise((resolve) => (release = resolve));
    const renewal = expect(tokens.current()).rejects.toMatchObject({ code: 'session_ended' });
    await settle();
    tokens.forget();
    release(Response.json({ access_token: tokenFor('ada', 7), expires_in: 900 }));
    await renewal;
    expect(lost).not.toHaveBeenCalled();
    platform.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(tokens.current()).rejects.toMatchObject({ code: 'offline' });
  });

  it('a cookie that became another account’s is noticed', async () => {
    tokens.adopt(tokenFor('bo', 0), 900);
    await tokens.renew(tokenFor('bo', 0));
    expect(userChanged).toHaveBeenCalledOnce();
  });
});
