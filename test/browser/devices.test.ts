import { expect, test } from 'vitest';
import { signUp } from '../support/people';
import { seriousFindings } from './findings';
import { eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();

/** The same person at one more device. */
async function another(visitor: Visitor): Promise<Visitor> {
  const { username, password } = visitor;
  const device = await stage.arrive(visitor.name, visitor.screen, { username, password });
  await device.logIn();
  await device.chatList.waitFor();
  return device;
}

async function threeDevices(name: string): Promise<readonly [Visitor, Visitor, Visitor]> {
  const first = await stage.enter(name, 'desktop');
  return [first, await another(first), await another(first)];
}

/** What a device says of a chat in its list: what is unread in it, and its last words. */
const rowOf = async (device: Visitor, title: string) => ({
  unread: (await device.chatRow(title).locator('.badge').allTextContents()).join().replace(' unread', ''),
  preview: await device.preview(title).textContent(),
});

/** All devices say the same, and the number in front of their titles is this. */
async function agree(devices: readonly Visitor[], title: string, row: { unread: string; preview: string }, total: string): Promise<void> {
  for (const device of devices) {
    await eventually(() => rowOf(device, title)).toEqual(row);
    await eventually(() => device.page.title()).toBe(total === '' ? 'RelayHub' : `(${total}) RelayHub`);
  }
}

/** Nowhere in the pages is any of it left. */
async function isGone(devices: readonly Visitor[], words: string): Promise<void> {
  for (const device of devices) await eventually(() => device.page.content()).not.toContain(words);
}

/** Deletes an own line, which needs no question as long as it leaves no trace. */
async function takeAway(visitor: Visitor, line: string): Promise<void> {
  await visitor.line(line).hover();
  await visitor.line(line).getByRole('button', { name: 'Message actions' }).click();
  const [undo, remove] = ['Undo sending', 'Delete'].map((name) => visitor.page.getByRole('menuitem', { name }));
  await visitor.page.getByRole('menu').waitFor();
  if (await undo?.isVisible()) return undo?.click();
  await remove?.click();
  await visitor.button('Delete').click();
}

test('[INBOX-1] [INBOX-2] [RCPT-4] [LIVE-3] three devices each of two people agree on counts, titles, previews, order and presence', async () => {
  const [adas, bens] = [await threeDevices('Ada'), await threeDevices('Ben')];
  const [ada, adaToo] = adas;
  const [ben, benToo, benThree] = bens;
  const all = [...adas, ...bens];
  const cleo = await signUp(stage.url, 'Cleo');
  await ada.makeGroup('Sunday hike', [ben, { name: 'Cleo', username: cleo.username }]);
  await ada.openChatWith(ben);
  await ada.write('Are you up?');
  await agree(bens, 'Ada', { unread: '1', preview: 'Are you up?' }, '1');
  await agree(adas, 'Ben', { unread: '', preview: 'You: Are you up?' }, '');

  // Reading on one device is reading on all of them.
  await benToo.openChat('Ada');
  await agree(bens, 'Ada', { unread: '', preview: 'Are you up?' }, '');
  await benToo.openChat('Sunday hike');

  // A line that is deleted on another device than it was written on goes from all six lists, and from the counts.
  await ada.write('The key is under the mat');
  await agree(bens, 'Ada', { unread: '1', preview: 'The key is under the mat' }, '1');
  await adaToo.openChat('Ben');
  await takeAway(adaToo, 'under the mat');
  await isGone(all, 'under the mat');
  await agree(bens, 'Ada', { unread: '', preview: 'Are you up?' }, '');
  await agree(adas, 'Ben', { unread: '', preview: 'You: Are you up?' }, '');

  // What is seen once shows its kind and never its words.
  await ada.button('View once').click();
  await ada.write('The code is 4711');
  await agree(bens, 'Ada', { unread: '1', preview: 'Message' }, '1');
  await agree(adas, 'Ben', { unread: '', preview: 'You: Message' }, '');
  for (const device of bens) expect(await device.page.content()).not.toContain('4711');

  // What time ends goes from all of them, and what was before it is the last again.
  await ada.disappearsAfter('10 seconds');
  await ada.write('Gone in ten seconds');
  await agree(bens, 'Ada', { unread: '2', preview: 'Gone in ten seconds' }, '2');
  await isGone(all, 'Gone in ten seconds');
  await agree(bens, 'Ada', { unread: '1', preview: 'Message' }, '1');

  // What somebody makes of a chat is so on all of their devices, and on nobody else's.
  const titles = (device: Visitor) => device.page.getByTestId('chat-row').locator('.chat-row-title').allTextContents();
  await ben.chooseFor('Sunday hike', 'Pin');
  for (const device of bens) await eventually(() => titles(device)).toEqual(['Sunday hike', 'Ada']);
  await benThree.chooseFor('Ada', 'Mute for 1 week');
  await agree(bens, 'Ada', { unread: '1', preview: 'Message' }, '');
  for (const device of bens) expect(await device.chatRow('Ada').getByText('Muted').count()).toBe(1);
  await benToo.chooseFor('Sunday hike', 'Archive');
  for (const device of bens) await eventually(() => device.page.getByTestId('archive').count()).toBe(1);
  for (const device of adas) expect(await titles(device)).toEqual(['Ben', 'Sunday hike']);
  expect(await seriousFindings(ben.page)).toEqual([]);

  // A device that was away is told what it missed.
  await benThree.context.setOffline(true);
  await ada.write('One more');
  await agree([ben, benToo], 'Ada', { unread: '2', preview: 'One more' }, '');
  await benThree.context.setOffline(false);
  await agree([benThree], 'Ada', { unread: '2', preview: 'One more' }, '');

  // Somebody is there as long as one of their devices is.
  const presence = () => ada.page.getByTestId('presence').textContent();
  await eventually(presence).toBe('Online');
  await ben.context.close();
  await benToo.context.close();
  await ada.page.reload();
  await ada.hasOpened('Ben');
  await eventually(presence).toBe('Online');
  await benThree.context.close();
  await eventually(presence).toMatch(/^Last seen at/);
});
