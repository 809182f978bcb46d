import { expect, test } from 'vitest';
import { signUp } from '../support/people';
import { eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();

const composerStrip = (visitor: Visitor) => visitor.page.getByTestId('composer-strip');

test('[SEND-6] arrow up in an empty field edits the newest own line, Escape leaves it as it was', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'desktop']);
  await ada.write('The furst');
  await ada.write('The secund');
  await ben.line('The secund').waitFor();
  await ben.write('Of Ben');
  await ada.line('Of Ben').waitFor();
  await eventually(() => ada.statesOf(['The furst', 'The secund'])).toEqual(['accepted', 'accepted']);

  await ada.messageField.press('ArrowUp');
  await composerStrip(ada).getByText('The secund').waitFor();
  expect(await ada.messageField.inputValue()).toBe('The secund');
  await ada.messageField.fill('Not this');
  await ada.messageField.press('Escape');
  await composerStrip(ada).waitFor({ state: 'detached' });
  expect(await ada.messageField.inputValue()).toBe('');

  await ada.messageField.fill('A draft');
  await ada.messageField.press('ArrowUp');
  expect(await ada.messageField.inputValue()).toBe('A draft');
  await ada.messageField.fill('');
  await ada.messageField.press('ArrowUp');
  await ada.write('The second');
  await ben.line('The second').getByText('edited', { exact: true }).waitFor();
  expect(await ben.texts()).toEqual(['The furst', 'The second', 'Of Ben']);
});

test('[SEND-7] a line is answered that a finger moves to the right, and none that it scrolls, moves to the left or only a little', async () => {
  const { ada, ben } = await stage.pair(['phone', 'desktop']);
  for (const text of ['The first', 'The second']) await ben.write(text);
  await ada.line('The second').waitFor();
  const drag = async (text: string, [right, down]: readonly [number, number], letGo = true) => {
    const box = await ada.line(text).locator('.bubble').boundingBox();
    if (box === null) throw new Error('There is nothing to drag');
    const touch = await ada.context.newCDPSession(ada.page);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] });
    for (const part of [0.25, 0.5, 0.75, 1]) {
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: x + right * part, y: y + down * part }] });
    }
    if (letGo) await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    return touch;
  };
  for (const way of [
    [40, 0],
    [-120, 0],
    [10, 120],
  ] as const) {
    await drag('The first', way);
    expect(await ada.line('The first').getAttribute('data-swipe')).toBe('none');
    expect(await composerStrip(ada).count()).toBe(0);
  }
  const touch = await drag('The first', [100, 6], false);
  await ada.page.locator('[data-swipe="far"]').filter({ hasText: 'The first' }).waitFor();
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await composerStrip(ada).getByText('The first').waitFor();
  await ada.write('To the first');
  await ben.line('To the first').getByTestId('quote').getByText('The first').waitFor();
});

test('[SEND-6] two taps of a finger react to a line and take it back; two clicks select a word', async () => {
  const { ada, ben } = await stage.pair(['phone', 'desktop']);
  await ben.write('Lovely weather today');
  const words = ada.line('Lovely').locator('.bubble-text');
  await words.waitFor();
  const hearts = (visitor: Visitor) => visitor.line('Lovely').getByRole('button', { name: /reacted with ❤️/ });
  const tapTwice = async () => {
    const box = await words.boundingBox();
    if (box === null) throw new Error('There is nothing to tap');
    const touch = await ada.context.newCDPSession(ada.page);
    for (const _ of [1, 2]) {
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: box.x + 20, y: box.y + 10 }] });
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    }
    await touch.detach();
  };
  await tapTwice();
  await hearts(ben).waitFor();
  expect(await hearts(ben).getAttribute('aria-pressed')).toBe('false');
  await hearts(ada).waitFor();
  await tapTwice();
  await hearts(ben).waitFor({ state: 'detached' });

  await ben
    .line('Lovely')
    .locator('.bubble-text')
    .dblclick({ position: { x: 20, y: 10 } });
  expect(await ben.page.evaluate(() => getSelection()?.toString().trim())).toBe('Lovely');
  expect(await hearts(ben).count()).toBe(0);
});

test('a chat is where one left it, unless something is new', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'desktop']);
  const texts = Array.from({ length: 40 }, (_, index) => `Line number ${index}`);
  for (const text of texts) await ben.write(text);
  await ada.line('Line number 39').waitFor();
  await ada.openChatWith(await signUp(stage.url, 'Cleo').then(({ username }) => ({ name: 'Cleo', username })));
  await ada.openChat(ben.name);
  expect(await ada.line('Line number 39').isVisible()).toBe(true);

  const log = ada.page.getByTestId('log-scroll');
  await log.evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight / 3));
  await ada.button('Go to the newest').waitFor();
  /** The line at the top and where it stands. */
  const top = () =>
    log.evaluate((scroller) => {
      const edge = scroller.getBoundingClientRect().top;
      const row = [...scroller.querySelectorAll('[data-testid="line"]')].find((line) => line.getBoundingClientRect().top >= edge);
      return [row?.querySelector('.bubble-text')?.textContent, Math.round((row?.getBoundingClientRect().top ?? 0) - edge)];
    });
  const before = await top();
  await ada.openChat('Cleo');
  await ada.openChat(ben.name);
  await eventually(top).toEqual(before);

  await ada.openChat('Cleo');
  await ben.write('Something new');
  await eventually(() => ada.preview(ben.name).textContent()).toBe('Something new');
  await ada.openChat(ben.name);
  await ada.page.getByTestId('unread-divider').waitFor();
  await ada.line('Something new').waitFor();
  expect(await ada.line('Something new').isVisible()).toBe(true);
});

test('a file that misses its place does not take the place of the page', async () => {
  const { ada } = await stage.alone('desktop');
  const dropOn = (target: string) =>
    ada.page.locator(target).evaluate((element) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['1'], 'one.txt'));
      const events = ['dragover', 'drop'].map((type) => new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
      return events.map((event) => !element.dispatchEvent(event));
    });
  expect(await dropOn('.chats')).toEqual([true, true]);
  expect(await ada.page.getByRole('dialog').count()).toBe(0);
  await ada.messageField.evaluate((field) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.setData('text/plain', 'words');
    if (!field.dispatchEvent(new DragEvent('dragover', { bubbles: true, cancelable: true, dataTransfer })))
      throw new Error('Words must stay droppable');
  });
});
