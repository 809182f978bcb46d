import type { WebSocketRoute } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Screen } from '../support/browser';
import { seriousFindings } from './findings';
import { cameraPhoto, eventually, pairs, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();

const offlineFaults = /ERR_INTERNET_DISCONNECTED/;

/** What is written is in the vault by then: the next visit finds it. */
const isKept = (visitor: Visitor, count: number) =>
  eventually(async () => (await visitor.keptOnDevice()).split('"shelf":"outbox"').length - 1).toBe(count);

describe.each<Screen>(['desktop', 'phone'])('on a %s', (screen) => {
  test('[SYNC-5] a draft is there after a reload and said in the list; it is unreadable on the disk, and gone when sent', async () => {
    const { ada } = await stage.alone(screen);
    await ada.messageField.fill('Shall we meet at');
    await eventually(() => ada.keptOnDevice()).toContain('"shelf":"drafts"');
    const kept = await ada.keptOnDevice();
    expect(kept).not.toContain('Shall we');
    expect(kept).toContain('key, false');

    await ada.page.reload();
    await ada.hasOpened('Ben');
    await eventually(() => ada.messageField.inputValue()).toBe('Shall we meet at');
    await ada.backToList();
    if (screen === 'desktop') await ada.page.goto(`${stage.url}/#/`);
    await eventually(() => ada.preview('Ben').textContent()).toBe('Draft: Shall we meet at');
    expect(await seriousFindings(ada.page)).toEqual([]);

    await ada.openChat('Ben');
    await ada.write('Shall we meet at noon?');
    await ada.page.locator('[data-state="accepted"]').waitFor();
    await eventually(() => ada.keptOnDevice()).not.toContain('"shelf"');
    await ada.page.reload();
    await ada.hasOpened('Ben');
    expect(await ada.messageField.inputValue()).toBe('');
  });

  test('[SYNC-5] signing out wipes drafts, what was not sent, keys and caches, in every tab', async () => {
    const { ada } = await stage.alone(screen);
    const other = await stage.openTab(ada);
    await other.chatList.or(other.conversation).first().waitFor();
    for (const tab of [ada, other]) tab.pardon(offlineFaults);
    await ada.messageField.fill('A draft');
    await eventually(() => ada.keptOnDevice()).toContain('"shelf":"drafts"');
    await ada.page.evaluate(() => caches.open('relayhub-test').then((cache) => cache.put('/picture', new Response('x'))));
    await ada.backToList();
    await ada.signOut();
    await ada.button('Log in').waitFor();
    await eventually(() => ada.keptOnDevice()).not.toContain('relayhub');
    await other.button('Log in').waitFor();
    expect(await other.keptOnDevice()).not.toContain('relayhub');
  });
});

describe.each(pairs)('from a %s to a %s', (...screens) => {
  test('[SYNC-5] [SEND-2] what was written offline waits in sight, outlives its page, and is sent in order by the next visit', async () => {
    const { ada, ben } = await stage.pair(screens);
    ada.pardon(offlineFaults);
    // The dialog's code is not there from the start.
    await ada.page.getByTestId('file-input').setInputFiles(cameraPhoto);
    await ada.button('Send picture').waitFor();
    await ada.button('Close').click();
    await ada.context.setOffline(true);
    await ada.conversation.getByText('You are offline.').waitFor();
    const lines = ['First', 'Second', 'Third'].map((word) => `${word} while away`);
    await ada.page.getByTestId('file-input').setInputFiles(cameraPhoto);
    await ada.button('Send picture').click();
    for (const line of lines) await ada.write(line);
    await eventually(() => ada.statesOf(lines)).toEqual(lines.map(() => 'waiting'));
    await ada.conversation.getByText('Waiting for a connection').waitFor();
    expect(await seriousFindings(ada.page)).toEqual([]);
    await isKept(ada, 4);
    expect(await ada.keptOnDevice()).not.toContain('while away');
    await ada.backToList();
    await ada.chatRow('Ben').getByTestId('unsent-mark').waitFor();

    await ada.page.close();
    await ada.context.setOffline(false);
    const next = await stage.openTab(ada);
    await eventually(() => ben.texts()).toEqual([...lines, null]);
    await ben.button('Open the picture').waitFor();
    await next.openChat('Ben');
    await eventually(async () => (await next.lines()).map(({ state }) => state)).toEqual(Array(4).fill('accepted'));
    await isKept(next, 0);
    expect(await next.texts()).toEqual(await ben.texts());
  });
});

test('[SYNC-5] two tabs show what waits; the one that stays sends it, once', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'desktop']);
  const other = await stage.openTab(ada);
  await other.openChat('Ben');
  for (const tab of [ada, other]) tab.pardon(offlineFaults);
  await ada.context.setOffline(true);
  await ada.write('From the first tab');
  await other.write('From the second tab');
  const lines = ['From the first tab', 'From the second tab'];
  for (const tab of [ada, other]) await eventually(() => tab.statesOf(lines)).toEqual(['waiting', 'waiting']);
  await isKept(other, 2);

  await ada.page.close();
  await ada.context.setOffline(false);
  await eventually(() => ben.texts().then((texts) => texts.toSorted())).toEqual(lines);
  await eventually(() => other.statesOf(lines)).toEqual(['accepted', 'accepted']);
  await isKept(other, 0);
  expect(await ben.lines()).toHaveLength(2);
});

test('[SYNC-5] what waited for more than an hour is asked for before it is sent', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'desktop']);
  const past = await ada.context.newPage();
  // A tab in which it is two hours ago.
  await past.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() - 2 * 3_600_000;
  });
  const open = new Set<WebSocketRoute>();
  let isCut = false;
  await past.routeWebSocket(/\/socket/, (socket) => {
    if (isCut) return void socket.close();
    open.add(socket);
    socket.connectToServer();
  });
  await past.goto(ada.page.url());
  await past.locator('[data-opened="true"]').waitFor();
  await ada.page.close();
  isCut = true;
  for (const socket of open) await socket.close();
  await past.getByTestId('conversation').getByText('Connecting…').waitFor();
  for (const line of ['Too late for this', 'Still true']) {
    await past.getByRole('textbox', { name: 'Message', exact: true }).fill(line);
    await past.getByRole('textbox', { name: 'Message', exact: true }).press('Enter');
  }
  await past.getByText('Waiting for a connection').waitFor();
  await expect.poll(() => past.evaluate(async () => (await indexedDB.databases()).length)).toBe(1);
  await past.waitForFunction(async () => {
    const open = indexedDB.open('relayhub');
    const database = await new Promise<IDBDatabase>((resolve) => {
      open.onsuccess = () => resolve(open.result);
    });
    const count = database.transaction('kept').objectStore('kept').count();
    const found = await new Promise<number>((resolve) => {
      count.onsuccess = () => resolve(count.result);
    });
    database.close();
    return found === 2;
  });
  await past.close();

  const now = await stage.openTab(ada);
  await now.chatRow('Ben').getByTestId('unsent-mark').waitFor();
  await now.openChat('Ben');
  const question = (line: string) => now.line(line).getByTestId('stale');
  await question('Too late for this').getByText('not sent yet').waitFor();
  expect(await seriousFindings(now.page)).toEqual([]);
  expect(await ben.texts()).toEqual([]);
  await question('Too late for this').getByRole('button', { name: 'Delete' }).click();
  await question('Still true').getByRole('button', { name: 'Send now' }).click();
  await ben.line('Still true').waitFor();
  await isKept(now, 0);
  expect(await now.texts()).toEqual(['Still true']);
  expect(await ben.texts()).toEqual(['Still true']);
});
