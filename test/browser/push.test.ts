import type { CDPSession, Worker } from 'playwright-core';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configAnswer } from '../../src/protocol/rest';
import { callApi } from '../support/people';
import { type PushDevice, PushService } from '../support/push-service';
import { seriousFindings } from './findings';
import { eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';
import { workerOf } from './worker-of';

const stage = sharedStage({ serviceWorkers: 'allow' });
let service: PushService;
beforeAll(async () => {
  service = await PushService.start();
});
afterAll(async () => {
  await service.close();
  expect(service.faults).toEqual([]);
});

/**
 * A browser whose push service is ours: Chromium's own cannot be reached. Everything else of it is real.
 * @param permission what the user has said before, or says when they are asked
 */
async function bringPushService(visitor: Visitor, permission: 'granted' | 'denied'): Promise<PushDevice> {
  const { body } = await callApi(stage.url, 'GET', '/api/config');
  const device = service.subscribe(v.parse(configAnswer, body).vapid_public_key ?? '');
  if (permission === 'granted') await visitor.context.grantPermissions(['notifications']);
  await visitor.context.addInitScript(
    ({ endpoint, keys, answer }) => {
      const bytes = (text: string) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
      const key = 'test.subscribed';
      const subscription = (applicationServerKey: string) => ({
        endpoint,
        options: { applicationServerKey: bytes(applicationServerKey).buffer },
        getKey: (name: 'p256dh' | 'auth') => bytes(keys[name]).buffer,
        unsubscribe: async () => sessionStorage.removeItem(key),
      });
      Object.assign(PushManager.prototype, {
        subscribe: async ({ applicationServerKey }: { applicationServerKey: string }) => {
          sessionStorage.setItem(key, applicationServerKey);
          return subscription(applicationServerKey);
        },
        getSubscription: async () => {
          const known = sessionStorage.getItem(key);
          return known === null ? null : subscription(known);
        },
      });
      if (answer === 'granted') return;
      let said = 'default';
      Object.defineProperty(Notification, 'permission', { get: () => said });
      Object.assign(Notification, {
        requestPermission: async () => {
          said = answer;
          return answer;
        },
      });
    },
    { ...device.subscription, answer: permission },
  );
  await visitor.page.reload();
  return device;
}

/** What the device shows: title, text and chat of each. */
function shown(worker: Worker): Promise<string[][]> {
  return worker.evaluate('registration.getNotifications().then((all) => all.map(({ title, body, tag }) => [title, body, tag]))');
}

/** The browser's push service hands a push to the page's service worker. */
async function deliver(cdp: CDPSession, news: object): Promise<void> {
  const versions = new Promise<string>((resolve) => {
    cdp.on('ServiceWorker.workerVersionUpdated', ({ versions: [version] }) => version !== undefined && resolve(version.registrationId));
  });
  await cdp.send('ServiceWorker.enable');
  const registrationId = await versions;
  await cdp.send('ServiceWorker.deliverPushMessage', { origin: new URL(stage.url).origin, registrationId, data: JSON.stringify(news) });
  await cdp.send('ServiceWorker.disable');
}

test('[INBOX-5] who has sent something is asked once, with a reason, and is told from then on; signing out ends it', async () => {
  const { ada, ben, chatId } = await stage.pair(['desktop', 'desktop']);
  const device = await bringPushService(ben, 'granted');
  await ben.openChat('Ada');
  const offer = ben.page.getByTestId('push-offer');
  expect(await offer.isVisible()).toBe(false);
  await ben.write('Hello');
  await offer.waitFor();
  expect(await seriousFindings(ben.page)).toEqual([]);
  await ben.button('Turn on notifications').click();
  await offer.waitFor({ state: 'detached' });
  // The page is not looked at any more.
  await ben.page.goto('about:blank');
  await ada.write('What nobody else may know');
  expect((await device.waitFor(chatId, 1)).news).toEqual({ type: 'message', chat_id: chatId });

  // Each page, and the settings, say anew where this device is reached: by then the session must not be over.
  const toldAgain = () => ben.page.waitForResponse((it) => it.request().method() === 'PUT' && it.url().endsWith('/api/users/me/push'));
  await Promise.all([toldAgain(), ben.page.goto(stage.url)]);
  await ben.chatList.waitFor();
  await ben.openChat('Ada');
  await ben.write('I was away');
  await ben.line('I was away').waitFor();
  expect(await offer.isVisible()).toBe(false);
  await Promise.all([toldAgain(), ben.button('Your account').click()]);
  await ben.button('Sign out').click();
  await ben.button('Log in').waitFor();
  await eventually(() => ben.page.evaluate(() => sessionStorage.getItem('test.subscribed'))).toBeNull();
  expect(await ben.page.evaluate(() => localStorage.getItem('relayhub.push'))).toBeNull();
});

test('[INBOX-5] who signs out while their browser is being subscribed leaves no subscription behind', async () => {
  const { ben } = await stage.pair(['desktop', 'desktop']);
  await bringPushService(ben, 'granted');
  await ben.context.addInitScript(() => {
    const { subscribe } = PushManager.prototype;
    const { promise, resolve } = Promise.withResolvers<void>();
    Object.assign(globalThis, { answerSubscribing: resolve });
    Object.assign(PushManager.prototype, {
      async subscribe(options: PushSubscriptionOptionsInit) {
        document.body.dataset.subscribing = 'yes';
        await promise;
        const subscription = await subscribe.call(this, options);
        document.body.dataset.subscribing = 'done';
        return subscription;
      },
    });
  });
  await ben.page.reload();
  await ben.openChat('Ada');
  await ben.write('Hello');
  await ben.button('Turn on notifications').click();
  const subscribing = () => ben.page.evaluate(() => document.body.dataset.subscribing);
  await eventually(subscribing).toBe('yes');
  await ben.button('Your account').click();
  await ben.button('Sign out').click();
  await ben.button('Log in').waitFor();
  await ben.page.evaluate('answerSubscribing()');
  await eventually(subscribing).toBe('done');
  await eventually(() => ben.page.evaluate(() => sessionStorage.getItem('test.subscribed'))).toBeNull();
  expect(await ben.page.evaluate(() => localStorage.getItem('relayhub.push'))).toBeNull();
});

test('[INBOX-5] who says not now is not asked again, finds it in the settings, and is told there what a browser forbids', async () => {
  const { ada } = await stage.alone('phone');
  await bringPushService(ada, 'denied');
  await ada.hasOpened('Ben');
  await ada.write('One');
  await ada.button('Not now').click();
  await ada.page.reload();
  await ada.hasOpened('Ben');
  await ada.write('Two');
  await ada.line('Two').waitFor();
  await eventually(() => ada.statesOf(['Two'])).toEqual(['accepted']);
  expect(await ada.page.getByTestId('push-offer').isVisible()).toBe(false);
  await ada.backToList();
  await ada.button('Your account').click();
  const onThisDevice = ada.page.getByRole('switch', { name: 'Tell me of new messages' });
  await onThisDevice.waitFor();
  expect(await onThisDevice.isChecked()).toBe(false);
  expect(await seriousFindings(ada.page)).toEqual([]);
  await onThisDevice.click();
  await ada.page.getByText('told not to show notifications').waitFor();
});

test('[INBOX-5] a notification says that there is a message, or who wrote if the user wants it; one a chat, closed when it is over', async () => {
  const { ada, ben, chatId } = await stage.pair(['desktop', 'desktop']);
  await ben.context.grantPermissions(['notifications']);
  const worker = await workerOf(ben);
  const cdp = await ben.context.newCDPSession(ben.page);
  const message = { type: 'message', chat_id: chatId };

  // Who looks at the page needs none.
  await deliver(cdp, message);
  expect(await shown(worker)).toEqual([]);

  await ben.page.goto('about:blank');
  await ada.write('For later');
  await eventually(() => ada.statesOf(['For later'])).toEqual(['accepted']);
  await deliver(cdp, message);
  await eventually(() => shown(worker)).toEqual([['New message', '', chatId]]);
  await deliver(cdp, { type: 'nothing', chat_id: chatId });
  await eventually(() => shown(worker)).toEqual([]);
  for (const nonsense of [{}, { type: 'message' }, { type: 'message', chat_id: '<b>' }, { type: 'other', chat_id: chatId }, []]) {
    await deliver(cdp, nonsense);
  }
  expect(await shown(worker)).toEqual([]);

  await ben.page.goto(stage.url);
  await ben.button('Your account').click();
  const changed = ben.page.waitForResponse((response) => response.request().method() === 'PATCH');
  await ben.page.getByRole('switch', { name: 'Say who it is from' }).click();
  expect((await changed).status()).toBe(200);
  await ben.button('Close').click();
  await ben.page.goto('about:blank');
  await ada.write('Another');
  await eventually(() => ada.statesOf(['Another'])).toEqual(['accepted']);
  await eventually(async () => {
    await deliver(cdp, message);
    return shown(worker);
  }).toEqual([['Ada', 'New message', chatId]]);

  // The page that comes back closes what was read in it.
  await ben.page.goto(`${stage.url}/#/chats/${chatId}`);
  await ben.line('Another').waitFor();
  await eventually(() => shown(worker)).toEqual([]);
});

test('[INBOX-5] a click on a notification brings the page that is open to its chat', async () => {
  const { ben, chatId } = await stage.pair(['desktop', 'desktop']);
  await ben.context.grantPermissions(['notifications']);
  const worker = await workerOf(ben);
  await ben.page.goto(`${stage.url}/#/`);
  await ben.chatList.waitFor();
  await worker.evaluate(`(async () => {
    await registration.showNotification('New message', { tag: '${chatId}', data: { chatId: '${chatId}', shownAt: 0 } });
    const [notification] = await registration.getNotifications();
    dispatchEvent(new NotificationEvent('notificationclick', { notification }));
  })()`);
  await ben.hasOpened('Ada');
  expect(await shown(worker)).toEqual([]);
});
