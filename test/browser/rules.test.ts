import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { signUp } from '../support/people';
import { seriousFindings } from './findings';
import { cameraPhoto, eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();

test('[RCPT-1] [SEND-6] a line taken back unread leaves no trace, and one that is read says so', async () => {
  const [ada, ben] = await Promise.all([stage.enter('Ada', 'desktop'), stage.enter('Ben', 'desktop')]);
  await ada.openChatWith(ben);
  await ada.write('Nobody reads this');
  await choose(ada, 'Nobody reads this', 'Undo sending');
  await eventually(() => ada.texts()).toEqual([]);

  await ada.write('Ben reads this');
  const receipt = ada.page.getByTestId('receipt-words');
  await eventually(() => receipt.textContent()).toMatch(/^(Sent|Delivered)$/);
  await ben.openChat(ada.name);
  await eventually(() => receipt.textContent()).toBe('Read');
  for (const visitor of [ada, ben]) expect(await visitor.texts()).toEqual(['Ben reads this']);

  await choose(ada, 'Ben reads this', 'Details');
  const recipients = dialog(ada, 'Message details').getByRole('list', { name: 'Recipients' });
  await eventually(() => recipients.getByRole('listitem').allTextContents()).toEqual([expect.stringMatching(/Ben.*Read/)]);
  expect(await seriousFindings(ada.page)).toEqual([]);
});

test('[SEND-6] editing, answering, reacting and deleting are seen by both', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'desktop']);
  await ada.write('See you at eigth');
  await openMenu(ada, 'at eigth');
  expect(await seriousFindings(ada.page)).toEqual([]);
  await ada.page.getByRole('menuitem', { name: 'Edit' }).click();
  await composerStrip(ada).getByText('Editing').waitFor();
  await ada.write('See you at eight');
  await ben.line('See you at eight').getByText('edited', { exact: true }).waitFor();
  for (const visitor of [ada, ben]) await eventually(() => visitor.texts()).toEqual(['See you at eight']);

  const reactions = (visitor: Visitor) => visitor.line('at eight').first().getByTestId('reactions').getByRole('button');
  await openMenu(ben, 'at eight');
  await ben.page.getByRole('menuitemradio', { name: 'React with 👍' }).click();
  await reactions(ada).click();
  for (const visitor of [ada, ben]) await eventually(() => reactions(visitor).allTextContents()).toEqual(['👍2']);
  await reactions(ben).click();
  for (const visitor of [ada, ben]) await eventually(() => reactions(visitor).allTextContents()).toEqual(['👍']);

  await choose(ben, 'at eight', 'Reply');
  await composerStrip(ben).getByText('See you at eight').waitFor();
  await ben.write('I will be late');
  await ada.line('I will be late').getByTestId('quote').getByText('See you at eight').waitFor();

  await choose(ada, 'at eight', 'Delete');
  await ada.button('Delete').click();
  await ada.line('Deleted by you').waitFor();
  await ben.line('Deleted by Ada').waitFor();
  for (const visitor of [ada, ben]) {
    await visitor.line('I will be late').getByText('The original is not here any more').waitFor();
    expect(await visitor.texts()).toEqual([null, 'I will be late']);
    expect(await visitor.page.content()).not.toContain('See you at eight');
  }
});

test('[EXP-6] either side of a direct chat changes when messages disappear, and both are told by whom', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'desktop']);
  await ben.page.getByTestId('policy-line').getByText('1 day after they are read. This is how new chats begin.').waitFor();

  await ben.button('Chat details').click();
  await ben.page.getByLabel('Messages disappear').selectOption({ label: '1 hour' });
  await ben.page.getByLabel('Counted').selectOption({ label: 'after sending' });
  await ben.button('Save').click();
  await ben.button('Save').waitFor({ state: 'detached' });
  await ben.button('Close').click();

  const change = 'set messages to disappear 1 hour after sending';
  await systemLine(ben, `You ${change}`).waitFor();
  await systemLine(ada, `Ben ${change}`).waitFor();
  await ada.page.getByTestId('policy-line').getByText('1 hour after they are sent. Set by Ben.').waitFor();
  await ben.page.getByTestId('policy-line').getByText('1 hour after they are sent. Set by you.').waitFor();
});

test('[ONCE-2] a text and a picture to view once open on one device, once, and the sender sees it', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'desktop']);
  const elsewhere = await stage.arrive('Ben', 'desktop', { username: ben.username, password: ben.password });
  await elsewhere.logIn();
  await elsewhere.openChat(ada.name);
  const viewer = ben.page.getByTestId('once-viewer');

  await ada.button('View once').click();
  await ada.write('The code is 4711');
  await eventually(() => onceLine(ada).textContent()).toContain('Not opened yet');
  await onceLine(elsewhere).getByText('Tap to view once').waitFor();
  await openOnce(ben);
  await viewer.getByText('The code is 4711').waitFor();
  expect(await seriousFindings(ben.page)).toEqual([]);
  await isOpened(ada, ben, elsewhere);

  await ada.page.getByTestId('file-input').setInputFiles(cameraPhoto);
  await ada.page.getByTestId('review-picture').waitFor();
  await ada.page.getByRole('dialog').getByRole('button', { name: 'View once', exact: true }).click();
  await ada.button('Send picture').click();
  await onceLine(elsewhere).getByText('Photo').waitFor();
  await onceLine(elsewhere).getByText('Tap to view once').waitFor();
  await openOnce(ben);
  const shown = viewer.getByRole('img');
  expect(await shown.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))).toBeGreaterThan(100);
  expect(await seriousFindings(ben.page)).toEqual([]);
  await isOpened(ada, ben, elsewhere);
  await onceLine(ada).getByText('erased everywhere').waitFor();

  for (const visitor of [ada, ben, elsewhere]) {
    await visitor.page.reload();
    await visitor.hasOpened(visitor === ada ? 'Ben' : 'Ada');
    await eventually(() => visitor.page.getByTestId('once').count()).toBe(2);
    expect(await visitor.page.content()).not.toContain('4711');
    expect(await visitor.page.getByTestId('once-open').count()).toBe(0);
  }
});

test('[ONCE-3] with one replay allowed it opens a second time, and then never again', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'phone']);
  await ada.button('View once').click();
  await ada.button('Allow one replay').click();
  await ada.page.getByText('one time, and once more within a day').waitFor();
  expect(await seriousFindings(ada.page)).toEqual([]);
  await ada.write('Look twice');
  await eventually(() => onceLine(ada).textContent()).toContain('view once, one replay');
  await onceLine(ben).getByText('Tap to view, twice at most').waitFor();
  const viewer = ben.page.getByTestId('once-viewer');
  for (const [look, left] of [
    ['You can open it once more within a day', 'Tap to view a last time'],
    ['This is the last time', 'Opened'],
  ] as const) {
    await openOnce(ben);
    await viewer.getByText('Look twice').waitFor();
    await viewer.getByText(look, { exact: true }).waitFor();
    expect(await seriousFindings(ben.page)).toEqual([]);
    await ben.button('Close').click();
    await onceLine(ben).getByText(left, { exact: true }).waitFor();
    // It is known to the room, not to this page alone.
    await ben.page.reload();
    await ben.hasOpened('Ada');
    await onceLine(ben).getByText(left, { exact: true }).waitFor();
  }
  await eventually(() => onceLine(ada).textContent()).toContain('Opened');
  // For the next line both switches are off again.
  await ada.write('In the open');
  await ben.line('In the open').waitFor();
});

test('[GROUP-1] an owner makes an admin, who renames, removes and adds; who leaves has the group no more', async () => {
  const [ada, ben, person] = await Promise.all([stage.enter('Ada', 'desktop'), stage.enter('Ben', 'desktop'), signUp(stage.url, 'Cleo')]);
  const cleo = { name: 'Cleo', username: person.username };
  await ada.makeGroup('Sunday hike', [ben, cleo]);
  await ben.openChat('Sunday hike');

  await ada.button('Chat details').click();
  expect(await seriousFindings(ada.page)).toEqual([]);
  await ada.button('Actions for Ben').click();
  await ada.page.getByRole('menuitem', { name: 'Make admin' }).click();
  await memberRow(ada, ben).getByText('Admin', { exact: true }).waitFor();
  await systemLine(ben, 'Ada made you an admin').waitFor();

  await ben.button('Chat details').click();
  await ben.page.getByLabel('Group name').fill('Monday hike');
  await ben.button('Rename').click();
  await systemLine(ada, 'Ben named the group “Monday hike”').waitFor();
  await eventually(() => ada.chatRow('Monday hike').count()).toBe(1);

  await ben.button('Actions for Cleo').click();
  await ben.page.getByRole('menuitem', { name: 'Remove from group' }).click();
  await ben.button('Remove').click();
  await systemLine(ada, 'Ben removed Cleo').waitFor();
  for (const visitor of [ada, ben]) await memberRow(visitor, cleo).waitFor({ state: 'detached' });

  await ben.button('Add members').click();
  await ben.find(cleo);
  await systemLine(ada, 'Ben added Cleo').waitFor();
  for (const visitor of [ada, ben]) await memberRow(visitor, cleo).waitFor();
  await dialog(ben, 'Add members').getByRole('button', { name: 'Close' }).click();
  // An admin has no power over an owner: all there is to do is what anybody may do.
  await ben.button('Actions for Ada').click();
  expect(await ben.page.getByRole('menuitem').allInnerTexts()).toEqual(['Block']);
  await ben.page.keyboard.press('Escape');

  await ben.button('Leave group').click();
  await ben.button('Leave').click();
  await eventually(() => ben.page.getByTestId('chat-row').count()).toBe(0);
  await ben.conversation.waitFor({ state: 'detached' });
  await systemLine(ada, 'Ben left').waitFor();
  await memberRow(ada, ben).waitFor({ state: 'detached' });
});

/** Opens the menu of the first line that says this. */
async function openMenu(visitor: Visitor, text: string): Promise<void> {
  const line = visitor.line(text).first();
  await line.hover();
  await line.getByRole('button', { name: 'Message actions' }).click();
}

async function choose(visitor: Visitor, text: string, choice: string): Promise<void> {
  await openMenu(visitor, text);
  await visitor.page.getByRole('menuitem', { name: choice }).click();
}

/** Opens the newest line that can be opened once, after the warning that there is no second time. */
async function openOnce(visitor: Visitor): Promise<void> {
  await visitor.page.getByTestId('once-open').last().click();
  await visitor.button('Open it').click();
}

/** What the newest view-once line says of its opening, while the reader looks at it and after they closed it. */
async function isOpened(sender: Visitor, reader: Visitor, elsewhere: Visitor): Promise<void> {
  await onceLine(sender)
    .getByText(/^Opened at/)
    .waitFor();
  await onceLine(elsewhere).getByText('Opened on another device').waitFor();
  await reader.button('Close').click();
  await onceLine(reader).getByText('Opened', { exact: true }).waitFor();
  await onceLine(elsewhere).getByText('Opened on another device').waitFor();
}

const onceLine = ({ page }: Visitor): Locator => page.getByTestId('once').last();
const composerStrip = ({ page }: Visitor): Locator => page.getByTestId('composer-strip');
const dialog = ({ page }: Visitor, name: string): Locator => page.getByRole('dialog', { name, exact: true });
const systemLine = ({ page }: Visitor, text: string): Locator => page.getByTestId('system-line').filter({ hasText: text });
const memberRow = ({ page }: Visitor, { username }: { username: string }): Locator =>
  page.getByTestId('member').filter({ hasText: `@${username}` });
