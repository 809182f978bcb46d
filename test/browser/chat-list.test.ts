import * as v from 'valibot';
import { expect, test } from 'vitest';
import { chatAnswer } from '../../src/protocol/rest';
import { signUp } from '../support/people';
import { eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();

/** Opens a chat's menu by keyboard alone, and chooses. */
async function choose(visitor: Visitor, title: string, choice: string): Promise<void> {
  await visitor.button(`Options for ${title}`).focus();
  await visitor.page.keyboard.press('Enter');
  await visitor.page.getByRole('menuitem', { name: choice, exact: true }).focus();
  await visitor.page.keyboard.press('Enter');
}

async function snap(visitor: Visitor, name: string): Promise<void> {
  const directory = process.env.TEST_SCREENSHOTS;
  if (directory === undefined) return;
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [360, 768, 1440]) {
      await visitor.page.emulateMedia({ colorScheme });
      await visitor.page.setViewportSize({ width, height: 800 });
      await visitor.page.screenshot({ path: `${directory}/${name}-${width}-${colorScheme}.png` });
    }
}

test('[INBOX-1] [LIVE-3] [RCPT-1] pinning, muting, archiving and clearing a chat; the title counts what is unread', async () => {
  const [ada, ben, cleo] = await Promise.all([
    stage.enter('Ada', 'desktop'),
    stage.enter('Ben', 'desktop'),
    stage.enter('Cleo', 'desktop'),
  ]);
  await ada.openChatWith(ben);
  await ada.write('Hello Ben');
  await cleo.openChatWith(ben);
  await cleo.write('Hello from Cleo');
  await eventually(() => ben.page.title()).toMatch(/^\(2\)/);
  // Nobody opened the chat, and yet it has arrived.
  await eventually(() => ada.page.getByTestId('receipt-words').textContent()).toBe('Delivered');
  await eventually(() => ada.page.getByTestId('presence').textContent()).toBe('Online');
  const titles = () => ben.page.getByTestId('chat-row').locator('.chat-row-title').allTextContents();
  expect(await titles()).toEqual(['Cleo', 'Ada']);
  expect(await ben.page.locator('.chat-item').last().getAttribute('aria-setsize')).toBe('2');

  await choose(ben, 'Ada', 'Pin');
  await eventually(titles).toEqual(['Ada', 'Cleo']);
  await choose(ben, 'Ada', 'Mute for 8 hours');
  await eventually(() => ben.page.title()).toMatch(/^\(1\)/);
  await ben.button('Options for Cleo').click();
  await ben.page.getByRole('menu').waitFor();
  await snap(ben, 'menu');
  await ben.page.keyboard.press('Escape');
  await choose(ben, 'Cleo', 'Archive');
  await ben.page.getByTestId('archive').waitFor();
  await eventually(() => ben.page.title()).not.toMatch(/^\(/);
  await ben.page.getByTestId('archive').locator('summary').click();
  await snap(ben, 'list');
  await cleo.write('Are you there?');
  await eventually(() => ben.page.getByTestId('archive').count()).toBe(0);
  await eventually(() => ben.page.title()).toMatch(/^\(2\)/);

  await choose(ben, 'Cleo', 'Clear chat');
  await ben.page.getByRole('dialog').getByRole('button', { name: 'Clear chat' }).click();
  await eventually(titles).toEqual(['Ada']);
  await cleo.write('A new beginning');
  await eventually(titles).toEqual(['Ada', 'Cleo']);
  await ben.openChat('Cleo');
  await eventually(() => ben.texts()).toEqual(['A new beginning']);
  await ben.context.close();
  await eventually(() => ada.page.getByTestId('presence').textContent()).toMatch(/^Last seen at/);
});

test('[INBOX-2] a preview begins where what is said begins, whichever way it and the name before it are written', async () => {
  const ben = await signUp(stage.url, 'Ben');
  const long = 'and goes on and on and on and on and on and on and on and on';
  const said = [
    { name: 'שרה', title: 'First group', text: `English ${long}`, direction: 'ltr' },
    { name: 'Émile', title: 'Second group', text: `مرحبا ${'كيف حالك '.repeat(6)}`, direction: 'rtl' },
  ];
  for (const { name, title, text } of said) {
    const sender = await signUp(stage.url, name, { username: `sender_${crypto.randomUUID().slice(0, 8)}` });
    const made = await sender.call('POST', '/api/chats', { is_group: true, name: title, member_ids: [ben.id] });
    const { chat } = v.parse(chatAnswer, made.body);
    await sender.call('POST', `/api/chats/${chat.id}/messages`, { id: crypto.randomUUID(), message_type: 'text', content: text });
  }
  const here = await stage.arrive('Ben', 'phone', { username: ben.username, password: ben.password });
  await here.logIn();
  for (const { name, title, text, direction } of said) {
    await here.preview(title).getByText(text.trim()).waitFor();
    const seen = await here.preview(title).evaluate((preview, length) => {
      const words = preview.lastChild;
      if (words === null) throw new Error('It says nothing');
      const range = document.createRange();
      range.setStart(words, 0);
      range.setEnd(words, length);
      const [frame, first] = [preview.getBoundingClientRect(), range.getBoundingClientRect()];
      const isFirstSeen = first.width > 0 && first.left >= frame.left - 1 && first.right <= frame.right + 1;
      return { all: preview.textContent, direction: getComputedStyle(preview).direction, isFirstSeen };
    }, text.indexOf(' '));
    expect(seen).toEqual({ all: `${name}: ${text}`, direction, isFirstSeen: true });
  }
});
