import { beforeEach, describe, expect, it } from 'vitest';
import type { PushBody } from '../../src/protocol/rest';
import type { BrowserPush, Subscribed } from '../../web/push/browser-push';
import { DevicePush } from '../../web/push/device-push';
import { namesOf, overNotices } from '../../web/push/notices';
import type { PushMemory } from '../../web/push/push-memory';
import { alertsAgain, mustShow, readNews, wordsOf } from '../../web/sw/notices';
import { adaId, boId, messageOf, summaryOf } from './web-models';

/** A browser that does as it is told. */
class FakeBrowser implements BrowserPush {
  isSupported = true;
  said: NotificationPermission = 'default';
  says: NotificationPermission = 'granted';
  subscribed: Subscribed | null = null;
  subscriptions = 0;
  permission = () => this.said;
  async ask() {
    await this.waitsFor;
    this.said = this.says;
    return this.said;
  }
  current = async () => this.subscribed;
  /** What it waits for before it answers, as for its push service or its user. */
  waitsFor: Promise<unknown> = Promise.resolve();
  async subscribe(key: string) {
    await this.waitsFor;
    this.subscriptions += 1;
    this.subscribed = { key, endpoint: `https://push.example.org/${this.subscriptions}`, keys: { p256dh: 'p', auth: 'a' } };
    return this.subscribed;
  }
  async unsubscribe() {
    this.subscribed = null;
  }
  shown = async () => [];
  close = async () => {};
}

describe('[INBOX-5] whether a device is told by push', () => {
  let browser: FakeBrowser;
  let answer: 'on' | 'declined' | null;
  let told: (PushBody | null)[];
  let key: string | null;
  const memory: PushMemory = {
    answer: () => answer,
    remember(given) {
      answer = given;
    },
  };
  let asked: number;
  const page = () =>
    new DevicePush(
      {
        vapidKey: async () => {
          asked += 1;
          return key;
        },
        subscribePush: async (body) => void told.push(body),
        unsubscribePush: async () => void told.push(null),
      },
      browser,
      memory,
    );

  beforeEach(() => {
    browser = new FakeBrowser();
    [answer, told, key, asked] = [null, [], 'key', 0];
  });

  it('is not looked at, and nobody is asked, when a page begins', async () => {
    const push = page();
    push.begin();
    await Promise.resolve();
    expect([asked, push.mayOffer.value, push.state.value]).toEqual([0, false, 'unknown']);
    await push.look();
    expect([push.mayOffer.value, push.state.value]).toEqual([true, 'off']);
  });

  it('is what the user chose, over pages, until they choose otherwise', async () => {
    const push = page();
    await push.turnOn();
    expect([push.state.value, push.mayOffer.value, told.length]).toEqual(['on', false, 1]);
    const next = page();
    await next.look();
    // The same subscription, told anew.
    expect([next.state.value, browser.subscriptions, told.length]).toEqual(['on', 1, 2]);
    await next.turnOff();
    expect([next.state.value, browser.subscribed, told.at(-1)]).toEqual(['off', null, null]);
    const last = page();
    await last.look();
    expect([last.state.value, last.mayOffer.value, told.length]).toEqual(['off', false, 3]);
  });

  it('is not asked again after "not now"', async () => {
    const push = page();
    await push.look();
    push.decline();
    expect(push.mayOffer.value).toBe(false);
    const next = page();
    await next.look();
    expect([next.mayOffer.value, next.state.value]).toEqual([false, 'off']);
  });

  it('is denied where the user says no, and the server is told when they take it back later', async () => {
    browser.says = 'denied';
    const push = page();
    await push.turnOn();
    expect([push.state.value, told]).toEqual(['denied', []]);
    [answer, browser.said] = ['on', 'denied'];
    const next = page();
    await next.look();
    expect([next.state.value, told]).toEqual(['denied', [null]]);
  });

  it('is bound to the deployment’s present key', async () => {
    await page().turnOn();
    key = 'another key';
    await page().look();
    expect([browser.subscribed?.key, browser.subscriptions]).toEqual(['another key', 2]);
  });

  it('is unavailable without a key, and unsupported without a browser that can', async () => {
    key = null;
    const push = page();
    await push.look();
    expect([push.state.value, push.mayOffer.value]).toEqual(['unavailable', false]);
    browser.isSupported = false;
    const other = page();
    await other.look();
    expect(other.state.value).toBe('unsupported');
  });
});

describe('[INBOX-5] who signs out while their browser is being subscribed', () => {
  let browser: FakeBrowser;
  let answer: 'on' | 'declined' | null;
  let told: PushBody[];
  let go: () => void;
  const memory: PushMemory = {
    answer: () => answer,
    remember(given) {
      answer = given;
    },
  };
  const page = () => {
    const rest = {
      vapidKey: async () => 'key',
      subscribePush: async (body: PushBody) => void told.push(body),
      unsubscribePush: async () => {},
    };
    return new DevicePush(rest, browser, memory);
  };
  /** As `forgetPush` does when nobody is signed in any more. */
  const signOut = async (push: DevicePush) => {
    push.end();
    answer = null;
    await browser.unsubscribe();
  };

  beforeEach(() => {
    browser = new FakeBrowser();
    [answer, told] = [null, []];
    const { promise, resolve } = Promise.withResolvers<void>();
    browser.waitsFor = promise;
    go = resolve;
  });

  it.each([
    ['a page that begins', (push: DevicePush) => push.look()],
    ['the switch', (push: DevicePush) => push.turnOn()],
  ])('leaves no subscription behind that %s began', async (_, begin) => {
    [browser.said, browser.ask, answer] = ['granted', async () => 'granted', 'on'];
    const push = page();
    const begun = begin(push);
    await new Promise((resolve) => setTimeout(resolve));
    await signOut(push);
    go();
    await begun;
    expect([browser.subscriptions, browser.subscribed, told, push.state.value]).toEqual([1, null, [], 'unknown']);
  });

  it('is not remembered as somebody who wants to be told, and whoever comes next is asked', async () => {
    const push = page();
    const begun = push.turnOn();
    await signOut(push);
    go();
    await begun;
    expect([answer, browser.subscriptions, told]).toEqual([null, 0, []]);
    expect(page().isUnanswered.value).toBe(true);
  });

  it('does not undo the subscription of whoever comes next', async () => {
    [browser.said, answer] = ['granted', 'on'];
    const push = page();
    const begun = push.look();
    await new Promise((resolve) => setTimeout(resolve));
    await signOut(push);
    const next = page();
    browser.ask = async () => 'granted';
    const nextBegun = next.turnOn();
    go();
    await Promise.all([begun, nextBegun]);
    expect([browser.subscribed === null, told.length, next.state.value]).toEqual([false, 1, 'on']);
  });
});

describe('[INBOX-5] what a notification says', () => {
  const chatId = '00000000-0000-4000-8000-000000000001';

  it('comes from a push of the server, and from nothing else', () => {
    expect(readNews({ type: 'message', chat_id: chatId })).toEqual({ type: 'message', chatId });
    expect(readNews({ type: 'nothing', chat_id: chatId })).toEqual({ type: 'nothing', chatId });
    for (const other of [null, undefined, 'message', {}, [], { type: 'other', chat_id: chatId }, { type: 'message', chat_id: '../x' }])
      expect(readNews(other)).toBeNull();
  });

  it('is nothing of anybody, or the other of two, or a group and who wrote in it', () => {
    expect(wordsOf(null)).toEqual({ title: 'New message', body: '' });
    expect(wordsOf({ chat_name: 7, sender_name: '' })).toEqual({ title: 'New message', body: '' });
    expect(wordsOf({ chat_name: null, sender_name: 'Ada' })).toEqual({ title: 'Ada', body: 'New message' });
    expect(wordsOf({ chat_name: 'Weekend', sender_name: 'Ada' })).toEqual({ title: 'Weekend', body: 'New message from Ada' });
    expect(wordsOf({ chat_name: 'Weekend', sender_name: null })).toEqual({ title: 'Weekend', body: 'New message' });
  });

  it('sounds again after a minute', () => {
    expect([alertsAgain(null, 0), alertsAgain(0, 59_999), alertsAgain(0, 60_000)]).toEqual([true, false, true]);
  });

  it('must be seen where a browser forgives nothing', () => {
    expect(mustShow('https://web.push.apple.com/abc')).toBe(true);
    expect(mustShow('https://fcm.googleapis.com/fcm/send/web.push.apple.com')).toBe(false);
    expect(mustShow(undefined)).toBe(false);
  });

  it('names who wrote last in a group, and nobody where that is the user', () => {
    const { id, sender_id, created_at, expires_at, view_once } = messageOf(1);
    const last_message = {
      id,
      sender_id,
      sender_name: 'Bo',
      message_type: 'text' as const,
      preview: null,
      created_at,
      expires_at,
      view_once,
    };
    const group = summaryOf(1, { is_group: true, name: 'Weekend', unread_count: 1, last_message: { ...last_message, edited_at: null } });
    expect(namesOf(group, adaId)).toEqual({ chat_name: 'Weekend', sender_name: 'Bo' });
    expect(namesOf(group, boId)).toEqual({ chat_name: 'Weekend', sender_name: null });
  });

  it('is over once nothing of its chat is unread, or the chat is gone', () => {
    const unread = summaryOf(1, { id: 'unread', unread_count: 1 });
    const read = summaryOf(2, { id: 'read', unread_count: 0 });
    const find = (id: string) => [unread, read].find((chat) => chat.id === id);
    expect(overNotices(['unread', 'read', 'gone'], find)).toEqual(['read', 'gone']);
    expect(namesOf(read, 'me')).toBeNull();
  });
});
