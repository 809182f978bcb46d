import { expect, test } from 'vitest';
import { signUp } from '../support/people';
import { eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();

/** What a key would go to now: its name, or `nothing`. */
const focused = ({ page }: Visitor) =>
  page.evaluate(() => {
    const { activeElement } = document;
    if (activeElement === null || activeElement === document.body) return 'nothing';
    return activeElement.getAttribute('aria-label') ?? activeElement.textContent;
  });

/** Presses a button by key. */
async function press(visitor: Visitor, name: string | RegExp): Promise<void> {
  await visitor.button(name).last().press('Enter');
}

test('[INBOX-1] a chat that is put away by key leaves the focus to the one that stands there then', async () => {
  const ada = await stage.enter('Ada', 'desktop');
  for (const name of ['Ben', 'Cleo', 'Dan']) await ada.openChatWith(await someone(name));
  expect(await ada.page.locator('.chat-row-title').allTextContents()).toEqual(['Dan', 'Cleo', 'Ben']);
  await ada.chooseFor('Cleo', 'Archive');
  await eventually(() => focused(ada)).toBe('Options for Ben');
  await ada.chooseFor('Ben', 'Clear chat');
  await press(ada, 'Clear chat');
  await eventually(() => ada.chatRow('Ben').count()).toBe(0);
  expect(await focused(ada)).toMatch(/^Archive/);
  await ada.page.keyboard.press('Enter');
  await ada.button('Options for Cleo').waitFor();
  await ada.chooseFor('Cleo', 'Take out of the archive');
  await eventually(() => ada.page.getByTestId('archive').count()).toBe(0);
  expect(await focused(ada)).toMatch(/^Options for /);
});

test('[ONCE-2] by keys alone something is seen once, by a key pressed twice too, and its line has the focus afterwards', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'desktop']);
  await ben.button('View once').click();
  await ben.write('Not a word to her');
  await ada.page.getByTestId('once-open').press('Enter');
  await ada.button('Open it').press('Enter');
  await ada.page.keyboard.press('Enter');
  await ada.page.getByTestId('once-viewer').waitFor();
  await eventually(() => focused(ada)).toBe('Message');
  await ada.page.keyboard.press('Enter');
  expect(await ada.page.getByTestId('once-viewer').isVisible()).toBe(true);
  await ada.page.keyboard.press('Escape');
  await ada.page.getByTestId('once-viewer').waitFor({ state: 'detached' });
  await eventually(() => focused(ada)).toMatch(/^Ben, /);
  await ada.page.keyboard.press('ArrowUp');
  expect(await focused(ada)).not.toBe('nothing');
});

test('the people of a group are looked after by keys alone, and who leaves it is back in the list', async () => {
  const ada = await stage.enter('Ada', 'desktop');
  const [ben, cleo, dan] = await Promise.all(['Ben', 'Cleo', 'Dan'].map(someone));
  if (ben === undefined || cleo === undefined || dan === undefined) throw new Error('Somebody is missing');
  await ada.makeGroup('Weekend', [ben, cleo]);
  await press(ada, 'Chat details');
  await press(ada, 'Add members');
  await ada.page.keyboard.type(dan.username);
  const found = ada.page.getByRole('list', { name: 'People found' }).getByRole('button').filter({ hasText: dan.username });
  await found.press('Enter');
  await found.and(ada.page.locator('[aria-pressed="true"]')).waitFor();
  await eventually(() => focused(ada)).toContain(dan.username);
  await ada.page.keyboard.press('Escape');
  await eventually(() => focused(ada)).toBe('Add members');

  await press(ada, 'Actions for Cleo');
  await ada.page.getByRole('menuitem', { name: 'Remove from group' }).press('Enter');
  await press(ada, 'Remove');
  await ada.button('Actions for Cleo').waitFor({ state: 'detached' });
  await eventually(() => focused(ada)).toBe('Actions for Dan');
  await press(ada, 'Leave group');
  await press(ada, 'Leave');
  await ada.page.getByRole('heading', { name: 'Pick a chat' }).waitFor();
  await eventually(() => focused(ada)).toMatch(/^Chats$|^Start a chat$/);
});

test('who goes back to the list from a chat, where one takes the place of the other, goes on at its row', async () => {
  const ada = await stage.enter('Ada', 'desktop', { context: { viewport: { width: 360, height: 640 } } });
  for (const name of ['Ben', 'Cleo']) await ada.openChatWith(await someone(name)).then(() => ada.backToList());
  await ada.chatRow('Ben').press('Enter');
  await ada.hasOpened('Ben');
  await press(ada, 'Back to chats');
  await eventually(() => focused(ada)).toMatch(/Ben/);
});

async function someone(name: string) {
  const { username } = await signUp(stage.url, name);
  return { name, username };
}
