import * as v from 'valibot';
import { expect, test } from 'vitest';
import { chatsAnswer, sessionAnswer } from '../../src/protocol/rest';
import { callApi, signUp } from '../support/people';
import { seriousFindings } from './findings';
import { cameraPhoto, eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();

const settings = (visitor: Visitor) => visitor.page.getByRole('dialog', { name: 'Settings', exact: true });
const switchOf = (visitor: Visitor, name: string) => settings(visitor).getByRole('switch', { name, exact: true });

async function openSettings(visitor: Visitor): Promise<void> {
  await visitor.backToList();
  await visitor.button('Your account').click();
  await settings(visitor).waitFor();
}

async function elsewhere({ name, username, password }: Visitor): Promise<Visitor> {
  const visitor = await stage.arrive(name, 'phone', { username, password });
  await visitor.logIn();
  await visitor.chatList.waitFor();
  return visitor;
}

/** Whether the server knows that this visitor has read everything in their only chat. */
async function isAllRead({ username, password }: Visitor): Promise<boolean> {
  const login = await callApi(stage.url, 'POST', '/api/login', { username, password, cookie: false });
  const { access_token } = v.parse(sessionAnswer, login.body);
  const { chats } = v.parse(chatsAnswer, (await callApi(stage.url, 'GET', '/api/users/me/chats', undefined, access_token)).body);
  return chats[0]?.unread_count === 0;
}

test('[GROUP-2] a new name and a picture are seen by others at once, and on the user’s other devices', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'phone']);
  const tablet = await elsewhere(ada);
  await openSettings(tablet);
  await openSettings(ada);
  const places = [settings(ada), settings(tablet), ben.conversation.locator('header')];
  await ada.page
    .getByTestId('picture-input')
    .setInputFiles({ name: 'me.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('not a picture') });
  await settings(ada).getByRole('alert').getByText('Your browser cannot open this picture.').waitFor();
  await ada.page.getByTestId('picture-input').setInputFiles(cameraPhoto);
  for (const place of places) {
    const picture = place.locator('.avatar img');
    await eventually(() => picture.evaluateAll(([img]) => (img instanceof HTMLImageElement ? img.naturalWidth : 0))).toBe(256);
  }
  expect(await seriousFindings(ada.page)).toEqual([]);
  await ada.button('Remove').click();
  for (const place of places) await place.locator('.avatar img').waitFor({ state: 'detached' });

  await ada.page.getByLabel('Your name').fill('   ');
  await ada.button('Save').click();
  await settings(ada).getByRole('alert').getByText('The name is empty.').waitFor();
  await ada.page.getByLabel('Your name').fill('Countess Ada');
  await ada.button('Save').click();
  await ada.button('Save').waitFor({ state: 'detached' });
  await ben.conversation.getByRole('heading', { name: 'Countess Ada', exact: true }).waitFor();
  await ben.backToList();
  await ben.chatRow('Countess Ada').waitFor();
  await eventually(() => tablet.page.getByLabel('Your name').inputValue()).toBe('Countess Ada');
});

test('[RCPT-3] read receipts turned off: the other side sees that it arrived, and nothing more', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'desktop']);
  const receipt = (visitor: Visitor) => visitor.page.getByTestId('receipt-words');
  await ben.write('Told as ever');
  await eventually(() => receipt(ben).textContent()).toBe('Read');
  await ada.write('Seen by Ben');
  await eventually(() => receipt(ada).textContent()).toBe('Read');

  await openSettings(ada);
  await switchOf(ada, 'Read receipts').click();
  await eventually(() => switchOf(ada, 'Read receipts').isChecked()).toBe(false);
  expect(await seriousFindings(ada.page)).toEqual([]);
  await ada.button('Close').click();
  // She sees none either, not even those she has seen before.
  await eventually(() => receipt(ada).textContent()).toBe('Delivered');
  await ben.write('Have you read this?');
  await ada.line('Have you read this?').waitFor();
  await ada.write('Perhaps');
  await ben.line('Perhaps').waitFor();
  await eventually(() => receipt(ben).last().textContent()).toBe('Delivered');
  // Her reading has reached the room, and whatever it tells is told with the line after it.
  await eventually(() => isAllRead(ada)).toBe(true);
  await ben.write('And this?');
  await ada.line('And this?').waitFor();
  await eventually(() => receipt(ben).last().textContent()).toBe('Delivered');
  expect(await receipt(ben).allTextContents()).not.toContain('Read');

  await ada.page.reload();
  await openSettings(ada);
  expect(await switchOf(ada, 'Read receipts').isChecked()).toBe(false);
});

test('[EXP-6] new chats begin as the user has chosen', async () => {
  const [ada, ben] = await Promise.all([stage.enter('Ada', 'desktop'), signUp(stage.url, 'Ben')]);
  await openSettings(ada);
  await ada.page.getByLabel('Messages disappear').selectOption({ label: '1 hour' });
  await ada.page.getByLabel('Counted').selectOption({ label: 'after reading' });
  await eventually(() => ada.page.getByLabel('Counted').inputValue()).toBe('after_read');
  await ada.button('Close').click();
  await ada.openChatWith({ name: 'Ben', username: ben.username });
  await ada.page.getByTestId('policy-line').getByText('1 hour after they are read. Set by you.').waitFor();
});

test('[AUTH-4] a device can be signed out from another, and the password changed', async () => {
  const ada = await stage.enter('Ada', 'desktop');
  const tablet = await elsewhere(ada);
  await openSettings(ada);
  const devices = settings(ada).getByTestId('device');
  await eventually(() => devices.count()).toBe(2);
  await devices.first().getByText('This device').waitFor();
  tablet.pardon(/^401 /);
  await devices.last().getByRole('button').click();
  await eventually(() => devices.count()).toBe(1);
  await tablet.button('Log in').waitFor();

  const again = await elsewhere(ada);
  await again.chatList.waitFor();
  await ada.button('Change password').click();
  await ada.page.getByLabel('Present password').fill(ada.password);
  await ada.page.getByLabel('New password').fill('an entirely new one');
  again.pardon(/^401 /);
  const dialog = ada.page.getByRole('dialog', { name: 'Change password' });
  await dialog.getByRole('button', { name: 'Change password' }).click();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await again.button('Log in').waitFor();
  await eventually(() => devices.count()).toBe(1);
});

test('everything in the settings can be reached and used by the keyboard alone', async () => {
  const ada = await stage.enter('Ada', 'desktop');
  await ada.button('Your account').focus();
  await ada.page.keyboard.press('Enter');
  await settings(ada).getByText('This device').waitFor();
  const reached: string[] = [];
  for (let i = 0; i < 16; i++) {
    reached.push(
      await ada.page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.id.replace(/\d+/g, '') ?? '',
      ),
    );
    const name = await ada.page.evaluate(() => {
      const element = document.activeElement;
      const label = element instanceof HTMLInputElement || element instanceof HTMLSelectElement ? element.labels?.[0]?.textContent : null;
      return label ?? element?.textContent ?? '';
    });
    reached[i] = reached[i] === 'Close' ? 'Close' : name.trim();
    await ada.page.keyboard.press('Tab');
  }
  const wanted = [
    'Your name',
    'Read receipts',
    'Others can find you',
    'Messages disappear',
    'Say who it is from',
    'Change password',
    'Sign out',
  ];
  expect(reached.filter((name) => wanted.includes(name)).slice(0, wanted.length)).toEqual(wanted);
  await switchOf(ada, 'Others can find you').focus();
  await ada.page.keyboard.press('Space');
  await eventually(() => switchOf(ada, 'Others can find you').isChecked()).toBe(false);
  expect(await switchOf(ada, 'Others can find you').evaluate((element) => element === document.activeElement)).toBe(true);
  await ada.page.keyboard.press('Escape');
  await settings(ada).waitFor({ state: 'detached' });
  expect(await ada.button('Your account').evaluate((element) => element === document.activeElement)).toBe(true);
});
