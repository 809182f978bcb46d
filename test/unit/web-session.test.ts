import { beforeEach, describe, expect, it } from 'vitest';
import type { Me } from '../../src/protocol/models';
import { Session } from '../../web/session/session';
import { adaId } from './web-models';
import { FakePlatform } from './web-platform';

const meCalled = (display_name: string): Me => ({
  id: adaId,
  username: 'ada',
  display_name,
  avatar_url: null,
  deleted: false,
  settings: { read_receipts: true, presence: true, findable: true, push_shows: 'name', default_expiry: null, locale: 'en' },
  role: 'user',
  created_at: 1,
});

describe('who the signed-in user is', () => {
  let platform: FakePlatform;
  let session: Session;
  /** Answers to `GET /api/users/me`, to be given in any order. */
  let asked: PromiseWithResolvers<Me>[];

  beforeEach(async () => {
    platform = new FakePlatform();
    asked = [];
    platform.answer = async (path, method) => {
      if (path === '/api/login') return Response.json({ user: meCalled('Ada'), access_token: 'token', expires_in: 900 });
      if (method === 'PATCH') return Response.json(meCalled('Changed here'));
      const answer = Promise.withResolvers<Me>();
      asked.push(answer);
      return Response.json(await answer.promise);
    };
    session = new Session(platform, { isSet: () => true, me: () => null, set: () => {} });
    await session.logIn('ada', 'a long password');
  });

  const name = () => session.me.value?.display_name;

  it('is what the server said last, whatever the order of its answers', async () => {
    const refreshes = [session.refresh(), session.refresh()];
    await platform.pass(1);
    asked[1]?.resolve(meCalled('Newest'));
    await refreshes[1];
    expect(name()).toBe('Newest');
    asked[0]?.resolve(meCalled('Old'));
    await refreshes[0];
    expect(name()).toBe('Newest');
  });

  it('is what the user has made of it, over an answer that was asked for before; and what another device made of it since', async () => {
    const refresh = session.refresh();
    await platform.pass(1);
    await session.change({ display_name: 'Changed here' });
    asked[0]?.resolve(meCalled('Ada'));
    await refresh;
    expect(name()).toBe('Changed here');
    await platform.pass(1);
    asked[1]?.resolve(meCalled('Changed elsewhere'));
    await platform.pass(1);
    expect(name()).toBe('Changed elsewhere');
    expect(asked).toHaveLength(2);
    await session.change({ display_name: 'Changed here' });
    expect(asked).toHaveLength(2);
  });

  it('stays as it was where nothing answers, and is nobody after signing out', async () => {
    const failed = session.refresh();
    await platform.pass(1);
    asked[0]?.reject(new TypeError('no network'));
    await failed;
    expect(name()).toBe('Ada');
    const late = session.refresh();
    await platform.pass(1);
    platform.answer = () => new Response(null, { status: 204 });
    await session.signOut();
    asked[1]?.resolve(meCalled('Late'));
    await late;
    expect(session.me.value).toBeNull();
  });

  it('[SYNC-5] is whom this device remembers while nothing answers, and who it really is once something does', async () => {
    const remembered = meCalled('Remembered');
    let stored: Me | null = remembered;
    const mark = {
      isSet: () => stored !== null,
      me: () => stored,
      set(me: Me | null) {
        stored = me;
      },
    };
    platform.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    const alone = new Session(platform, mark);
    await alone.restore();
    expect([alone.phase.value, alone.me.value]).toEqual(['signed_in', remembered]);
    platform.answer = async (path) =>
      path === '/api/token/refresh' ? Response.json({ access_token: 'token', expires_in: 900 }) : Response.json(meCalled('Ada'));
    await platform.pass(3_000);
    await platform.pass(1);
    expect([alone.me.value?.display_name, stored?.display_name]).toEqual(['Ada', 'Ada']);
  });

  it('[SYNC-5] is nobody once the server says that the session is over, whomever this device remembers', async () => {
    let stored: Me | null = meCalled('Remembered');
    const mark = {
      isSet: () => stored !== null,
      me: () => stored,
      set(me: Me | null) {
        stored = me;
      },
    };
    platform.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    const alone = new Session(platform, mark);
    await alone.restore();
    platform.answer = () => Response.json({ code: 'session_ended', title: '', detail: '', status: 401, type: '' }, { status: 401 });
    await platform.pass(3_000);
    await platform.pass(1);
    expect([alone.phase.value, alone.me.value, stored]).toEqual(['signed_out', null, null]);
  });
});
