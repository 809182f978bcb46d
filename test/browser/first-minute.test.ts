import { expect, test } from 'vitest';
import type { Screen } from '../support/browser';
import { signUp } from '../support/people';
import { eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();

/** What a finger or a pointer pressed since the page began, by what it was called. */
async function watchTaps({ page }: Visitor): Promise<() => Promise<string[]>> {
  const taps = await page.evaluateHandle(() => {
    const seen: string[] = [];
    // A label that is pressed presses its field, too, and Enter its button: only what was pointed at counts.
    addEventListener(
      'click',
      ({ isTrusted, detail, target }) => {
        const pressed = target instanceof Element ? (target.closest('button, a, input') ?? target) : null;
        if (isTrusted && detail > 0) seen.push(pressed?.getAttribute('aria-label') ?? pressed?.textContent ?? '');
      },
      true,
    );
    return seen;
  });
  return () => taps.jsonValue();
}

/** Types where the focus is: a field that has to be pressed first costs a tap. */
const type = ({ page }: Visitor, text: string) => page.keyboard.type(text);

test.each<Screen>(['phone', 'desktop'])('on a %s a stranger is nine taps from a snap that their friend sees', async (screen) => {
  const ben = await stage.enter('Ben', 'phone');
  const ada = await stage.arrive('Ada', screen);
  const taps = await watchTaps(ada);

  await ada.button('Create an account').click();
  await type(ada, ada.username);
  await ada.page.getByLabel('Password').click();
  await type(ada, ada.password);
  await ada.button('Sign up').click();
  await ada.page.getByText(`@${ada.username}`).waitFor();

  await ada.button('Start a chat').click();
  await type(ada, `@${ben.username.slice(0, 12)}`);
  await ada.page.getByRole('button', { name: `@${ben.username}` }).click();
  await ada.button('Open the camera').click();
  await ada.page.getByText('RelayHub uses your camera only while this window is open').waitFor();
  // What the browser asks now is answered with yes.
  await ada.context.grantPermissions(['camera', 'microphone']);
  await ada.button('Turn on camera').click();
  await ada.button('Take the photo').click();
  await ada.button('Send picture').click();
  await ada.page.locator('[data-testid="line"][data-state="accepted"]').waitFor();
  expect(await taps()).toHaveLength(9);

  const friendsTaps = await watchTaps(ben);
  await eventually(() => ben.preview(ada.username).textContent()).toBe('Photo');
  await ben.chatRow(ada.username).click();
  await ben.button('Open the picture').click();
  const picture = ben.page.getByRole('dialog').getByRole('img');
  await eventually(() => picture.evaluate((image) => image instanceof HTMLImageElement && image.naturalWidth)).toBeGreaterThan(100);
  expect(await friendsTaps()).toHaveLength(2);
  await ada.page.getByTestId('receipt-words').getByText('Read').waitFor();
});

test('who is sent a link is four taps from the one who sent it', async () => {
  const ben = await stage.enter('Ben', 'desktop');
  await ben.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await ben.button('Invite by link').click();
  await ben.page.getByText('Copied. Whoever opens it finds you.').waitFor();
  const address = await ben.page.evaluate(() => navigator.clipboard.readText());

  const ada = await stage.arrive('Ada', 'phone');
  await ada.page.goto(address);
  await ada.page.reload();
  const taps = await watchTaps(ada);
  await ada.page.getByText(`Then you can write to @${ben.username}.`).waitFor();
  await ada.page.getByLabel('Username').click();
  await type(ada, ada.username);
  await ada.page.getByLabel('Password').click();
  await type(ada, ada.password);
  await ada.button('Sign up').click();
  await ada.page.getByRole('button', { name: `@${ben.username}` }).click();
  await ada.hasOpened('Ben');
  expect(await taps()).toHaveLength(4);
  expect(await ada.page.getByRole('dialog').count()).toBe(0);

  // Who is there already gets there, too, and nowhere else by closing.
  await ada.page.goto(address);
  await ada.page.getByRole('button', { name: `@${ben.username}` }).waitFor();
  await ada.button('Close').click();
  await ada.chatList.waitFor();
  expect(new URL(ada.page.url()).hash).toBe('#/');
});

test('what goes wrong in the first minute says what to do', async () => {
  const taken = await signUp(stage.url, 'Ben');
  const ada = await stage.arrive('Ada', 'phone');
  ada.pardon(/^409 |^422 |ERR_INTERNET_DISCONNECTED/);
  const field = (label: string) => ada.page.getByLabel(label);
  const problem = (words: string) => ada.page.getByRole('alert').getByText(words).waitFor();
  const focused = () =>
    ada.page.evaluate(() => (document.activeElement instanceof HTMLInputElement ? document.activeElement.autocomplete : ''));

  await ada.button('Create an account').click();
  await field('Username').fill('Ada Lovelace');
  await field('Password').fill('password1');
  await ada.button('Sign up').click();
  await problem('Use 3 to 32 letters from a to z, digits, dots or underscores.');
  expect(await focused()).toBe('username');
  await field('Username').fill(taken.username);
  await ada.button('Sign up').click();
  await problem('This password is too easy to guess. Use a longer or less common one.');
  expect(await focused()).toBe('new-password');
  await field('Password').fill(ada.password);
  await ada.button('Sign up').click();
  await problem('This username is taken. Try another one.');
  expect(await focused()).toBe('username');
  await field('Username').fill(ada.username);
  await ada.context.setOffline(true);
  await ada.button('Sign up').click();
  await problem('RelayHub cannot be reached. Check your connection and try again.');
  await ada.context.setOffline(false);
  await ada.button('Sign up').click();
  await ada.chatList.waitFor();

  await ada.button('Start a chat').click();
  const search = ada.page.getByRole('searchbox', { name: 'Search by username' });
  await search.fill('q');
  await ada.page.getByText('Type at least 2 letters of a username.').waitFor();
  await search.fill(`nobody_${ada.password}`);
  await ada.page.getByText('Nobody found by that name. Check how it is spelled.').waitFor();
  await ada.context.setOffline(true);
  await search.fill(taken.username);
  await ada.page.getByText('RelayHub cannot be reached. Check your connection and try again.').waitFor();
  await ada.context.setOffline(false);
  await ada.find({ name: 'Ben', username: taken.username });
  await ada.hasOpened('Ben');
});
