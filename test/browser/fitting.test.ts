import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { signUp } from '../support/people';
import { seriousFindings } from './findings';
import { eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();

test('[ONCE-2] a long text to view once is read from its first word to its last, by keys, under the name of who reads', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'desktop']);
  await ben.button('View once').click();
  await ben.write(`First${' word'.repeat(900)} last`);
  await ada.page.getByTestId('once-open').click();
  await ada.button('Open it').click();
  const words = ada.page.getByTestId('once-viewer').getByRole('region', { name: 'Message' });
  const place = () =>
    words.evaluate((region) => {
      const [frame, text] = [region.getBoundingClientRect(), region.querySelector('p')?.getBoundingClientRect()];
      const mark = document.querySelector('.once-watermark')?.getBoundingClientRect();
      if (text === undefined || mark === undefined) throw new Error('There is no text under a name');
      return {
        isFirstInSight: text.top >= frame.top && frame.top >= 0,
        isLastInSight: text.bottom <= frame.bottom && frame.bottom <= innerHeight,
        isMarked: mark.top <= frame.top && mark.bottom >= frame.bottom,
      };
    });
  await words.waitFor();
  expect(await place()).toEqual({ isFirstInSight: true, isLastInSight: false, isMarked: true });
  await words.focus();
  await ada.page.keyboard.press('End');
  await eventually(place).toEqual({ isFirstInSight: false, isLastInSight: true, isMarked: true });
  expect(await seriousFindings(ada.page)).toEqual([]);
});

test('where the user’s few colours replace ours, what is drawn by its ground alone is still to be seen', async () => {
  const { ada } = await stage.alone('phone');
  await ada.page.emulateMedia({ forcedColors: 'active' });
  await ada.context.grantPermissions(['camera', 'microphone']);
  /** Whether it has another ground than what it lies on. */
  const standsOut = (selector: string, part?: string) =>
    ada.page
      .locator(selector)
      .first()
      .evaluate((element, pseudo) => {
        const groundOf = (of: Element, which?: string) => getComputedStyle(of, which).backgroundColor;
        const below = pseudo === undefined ? document.body : element;
        return groundOf(element, pseudo) !== groundOf(below);
      }, part);
  await ada.button('Record a voice message').click();
  await eventually(() => ada.page.locator('.voice-levels i').count()).toBeGreaterThan(3);
  expect(await standsOut('.voice-levels i')).toBe(true);
  await ada.button('Cancel the recording').click();
  await ada.button('Open the camera').click();
  await ada.button('Take the photo').and(ada.page.locator(':enabled')).waitFor();
  expect(await standsOut('.shutter-heart')).toBe(true);
  await ada.button('Close').click();
  await ada.backToList();
  await ada.button('Your account').click();
  expect(await ada.page.getByRole('dialog').evaluate((dialog) => getComputedStyle(dialog).borderTopWidth)).toBe('1px');
  const receipts = ada.page.getByRole('switch', { name: 'Read receipts' });
  for (const isOn of [true, false]) {
    await receipts.setChecked(isOn);
    expect(await standsOut('.switch input', '::after')).toBe(true);
  }
});

test('words and names without an end stay inside of what they are in', async () => {
  const endless = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunte';
  const ada = await stage.enter(endless, 'phone', { username: `endless_${randomUUID().slice(0, 8)}` });
  const ben = await signUp(stage.url, `${endless}b`);
  await ada.button('New chat').click();
  await ada.button('New group').click();
  await ada.page.getByLabel('Group name').fill(endless + endless.slice(0, 20));
  await ada.find({ name: 'Ben', username: ben.username });
  expect(await ada.page.getByRole('searchbox').inputValue()).toBe('');
  expect(await ada.page.getByRole('searchbox').evaluate((field) => field === document.activeElement)).toBe(true);
  expect(await tooWide(ada)).toEqual([]);
  await ada.page.getByRole('button', { name: /^Create group/ }).click();
  await ada.conversation.and(ada.page.locator('[data-opened="true"]')).waitFor();
  const chatId = ada.page.url().split('/').at(-1);
  for (const content of ['Question?', endless.repeat(3)]) {
    await ben.call('POST', `/api/chats/${chatId}/messages`, { id: randomUUID(), message_type: 'text', content });
  }
  await ada.line(endless.repeat(3)).waitFor();
  await ada.rest(ada.line('Question?').locator('.bubble'));
  await ada.page.getByRole('menuitem', { name: 'Reply' }).click();
  await ada.write('Answer!');
  await eventually(() => ada.statesOf(['Answer!'])).toEqual(['accepted']);
  expect(await tooWide(ada)).toEqual([]);
  await ada.button('Chat details').click();
  expect(await tooWide(ada)).toEqual([]);
  await ada.button(`Actions for ${endless}b`).click();
  await ada.page.getByRole('menuitem', { name: 'Remove from group' }).click();
  expect(await tooWide(ada)).toEqual([]);
});

/** What is wider than the place it has, in the conversation and in dialogs. */
function tooWide({ page }: Visitor): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('.log-scroll, .dialog-body, .bubble, .dialog-header h2, .picked-person')]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ tagName, className, scrollWidth, clientWidth }) => `${tagName} ${className}: ${scrollWidth} > ${clientWidth}`),
  );
}
