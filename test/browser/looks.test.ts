import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ErrorCode, problems } from '../../src/protocol/errors';
import { chatAnswer, usersAnswer } from '../../src/protocol/rest';
import { root } from '../support/assets';
import type { Screen } from '../support/browser';
import { signUp } from '../support/people';
import { findingsOf, nextPaint } from './findings';
import { cameraPhoto, eventually, pairs, sharedStage } from './stage';
import type { Visitor } from './visitor';

/** Set to photograph every screen, for people to look at, and some for the README. */
const isPhotographing = process.env.UPDATE_SCREENSHOTS === '1';
const looksFolder = join(root, 'test-results/looks');
const readmeFolder = join(root, 'docs/screenshots');

const stage = sharedStage();
beforeAll(() => mkdir(looksFolder, { recursive: true }));

const screens = ['desktop', 'phone'] as const satisfies readonly Screen[];
const themes = ['light', 'dark'] as const;

/** What reaches beyond the side of what it scrolls in, where nobody gets to see it. */
function stickingOut(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() => {
    const scrollers = [...document.querySelectorAll('*')].filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowY));
    return [document.documentElement, ...scrollers]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ tagName, className, scrollWidth, clientWidth }) => `${tagName} ${className}: ${scrollWidth} > ${clientWidth}`);
  });
}

/** What one sees to press and cannot. */
function deadButtons(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() =>
    [...document.querySelectorAll('button:enabled')]
      .filter((button) => getComputedStyle(button).pointerEvents === 'none' && getComputedStyle(button).opacity !== '0')
      .map(({ outerHTML }) => outerHTML),
  );
}

/** What is too low for a finger: nothing answers 21 px above or below its middle. */
function tooSmall(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() => {
    const dialogs = [...document.querySelectorAll('dialog')];
    /** The part of the window in which it can be scrolled into sight. */
    const frameOf = (element: Element | null): DOMRect =>
      element === null
        ? document.documentElement.getBoundingClientRect()
        : /auto|scroll/.test(getComputedStyle(element).overflowY)
          ? element.getBoundingClientRect()
          : frameOf(element.parentElement);
    const controls = [...(dialogs.at(-1) ?? document).querySelectorAll('button:enabled, select, summary, a[href], input[type="range"]')];
    return controls
      .filter((control) => {
        const { top, left, width, height } = control.getBoundingClientRect();
        const [x, y] = [left + width / 2, top + height / 2];
        const hits = (to: number) => {
          const hit = document.elementFromPoint(x, to);
          return hit !== null && control.contains(hit);
        };
        // Links in what people write are as high as their line; what is out of sight or under something else is not to be hit.
        const frame = frameOf(control);
        if (control.closest('.bubble-text') !== null || y < frame.top + 22 || y > frame.bottom - 22 || !hits(y)) return false;
        return !hits(y - 21) || !hits(y + 21);
      })
      .map(({ outerHTML }) => outerHTML.slice(0, 160));
  });
}

/** Everybody must be able to see and to use all of the screen, in either theme. */
async function look(visitor: Visitor, name: string): Promise<void> {
  expect(await stickingOut(visitor), name).toEqual([]);
  expect(await deadButtons(visitor), name).toEqual([]);
  if (visitor.screen === 'phone') expect(await tooSmall(visitor), name).toEqual([]);
  for (const colorScheme of themes) {
    await visitor.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Painted in the new colours, and everything at rest for those who asked for stillness.
    await nextPaint(visitor.page);
    await eventually(() => visitor.page.evaluate(() => document.getAnimations().length)).toBe(0);
    if (isPhotographing) await visitor.page.screenshot({ path: join(looksFolder, `${visitor.screen}-${name}-${colorScheme}.png`) });
    // Only colours change with the theme.
    const findings = await findingsOf(visitor.page, colorScheme === 'dark' ? ['color-contrast'] : undefined);
    expect(findings, `${name}, ${colorScheme}`).toEqual([]);
  }
}

const firstLine = (visitor: Visitor) => visitor.line('How was the fitting?');

/** What is behind a line and a chat of the list. */
async function lookByKeyboard(visitor: Visitor): Promise<void> {
  const choose = async (name: string) => {
    await firstLine(visitor).getByRole('button', { name: 'Message actions' }).press('Enter');
    await visitor.page.getByRole('menuitem', { name }).press('Enter');
  };
  await choose('Details');
  await visitor.page.getByRole('list', { name: 'Recipients' }).getByRole('listitem').waitFor();
  await look(visitor, '40-receipts');
  await visitor.page.keyboard.press('Escape');
  await choose('Delete');
  await look(visitor, '41-delete');
  await visitor.page.keyboard.press('Escape');
  await visitor.button('Options for Ben Okafor').press('Enter');
  await look(visitor, '42-chat-menu');
  await visitor.page.keyboard.press('Escape');
}

/** The same, and who somebody is, where there is no pointer to hover with. */
async function lookByFinger(visitor: Visitor): Promise<void> {
  await visitor.rest(firstLine(visitor));
  await look(visitor, '43-line-menu');
  await visitor.page.keyboard.press('Escape');
  await visitor.button('Chat details').click();
  await look(visitor, '44-details');
  await visitor.button('Block Ben Okafor').click();
  await look(visitor, '45-block');
  await visitor.page.keyboard.press('Escape');
  await visitor.page.keyboard.press('Escape');
  await visitor.backToList();
  await visitor.rest(visitor.chatRow('Ben Okafor'));
  await look(visitor, '42-chat-menu');
  await visitor.page.keyboard.press('Escape');
}

/** Runs in the page. */
function filesInHand(): DataTransfer {
  const transfer = new DataTransfer();
  transfer.items.add(new File(['1'], 'one.txt'));
  return transfer;
}

const problemOf = (code: ErrorCode) => ({ type: 'about:blank', code, detail: '', ...problems[code] });

/** Others who have written to this visitor, so that there is a list of chats. */
async function fillList(visitor: Visitor): Promise<void> {
  const [mira, tomas] = await Promise.all([signUp(stage.url, 'Mira'), signUp(stage.url, 'Tomas')]);
  const found = await mira.call('GET', `/api/users?username=${visitor.username}`);
  const id = v.parse(usersAnswer, found.body).users.find(({ username }) => username === visitor.username)?.id ?? '';
  const chats = [
    { from: mira, chat: { is_group: false, member_ids: [id] }, text: 'The tickets are in your mail' },
    { from: tomas, chat: { is_group: true, name: 'Sunday hike', member_ids: [id, mira.id] }, text: 'Meet at the bridge at nine?' },
  ];
  for (const { from, chat, text } of chats) {
    const { chat: made } = v.parse(chatAnswer, (await from.call('POST', '/api/chats', chat)).body);
    const message = { id: crypto.randomUUID(), message_type: 'text', content: text };
    expect(await from.call('POST', `/api/chats/${made.id}/messages`, message)).toMatchObject({ status: 201 });
  }
}

test('the door: nothing serious for screen readers, contrast or keyboards, in either theme', async () => {
  for (const screen of screens) {
    const ada = await stage.arrive('Ada', screen);
    await look(ada, '1-door');
    await ada.button('Create an account').click();
    await ada.page.getByLabel('Username').fill('Ada Lovelace');
    await ada.page.getByLabel('Password').fill(ada.password);
    await ada.button('Sign up').click();
    await ada.page.getByRole('alert').waitFor();
    await look(ada, '2-sign-up');
  }
});

describe.each(pairs)('on a %s, talking to a %s', (...both) => {
  test('chats, pictures and faults: nothing serious for screen readers, contrast or keyboards, in either theme', async () => {
    const [ada, ben] = await Promise.all([
      stage.enter('Ada', both[0], { username: `ada_${both[0]}` }),
      stage.enter('Ben Okafor', both[1], { username: `ben_${both[1]}` }),
    ]);
    await ada.button('Start a chat').waitFor();
    await look(ada, '3-no-chats');
    await fillList(ada);

    await ada.button('New chat').click();
    await ada.page.getByRole('searchbox').fill(ben.username.slice(0, 8));
    await ada.page.getByText(`@${ben.username}`).waitFor();
    await look(ada, '4-new-chat');
    await ada.button('New group').click();
    await ada.page.getByLabel('Group name').fill('Weekend');
    await ada.find(ben);
    await look(ada, '5-new-group');
    await ada.button('Close').click();
    await ada.openChatWith(ben);
    await look(ada, '6-empty-chat');

    await ben.openChat(ada.name);
    await ada.write('How was the fitting?');
    await ben.line('How was the fitting?').waitFor();
    await ben.takePhoto();
    await ben.page.getByLabel('Caption').fill('Fits like a glove');
    await ben.button('Send picture').click();
    await ada.line('Fits like a glove').getByTestId('thumbnail').waitFor();
    await ada.write('It suits you! When do you fly?');
    await ada.turnOnCamera(true);
    await ada.button('Take the photo').and(ada.page.locator(':enabled')).waitFor();
    await look(ada, '7-camera');
    await ada.button('Take the photo').click();
    await ada.page.getByTestId('review-picture').waitFor();
    await look(ada, '8-review');
    await ada.button('Close').click();

    await ben.disappearsAfter('1 minute');
    await ben.write('The door code is 4711');
    await ada.line('4711').waitFor();
    await ben.messageField.pressSequentially('And');
    await ada.typing.getByText('Ben Okafor is typing').waitFor();
    await look(ada, '9-conversation');
    await ada.button('Open the picture').click();
    await look(ada, '10-viewer');
    await ada.button('Close').click();
    // Each of these on one of the screens.
    await (ada.screen === 'phone' ? lookByFinger(ada) : lookByKeyboard(ada));

    await ada.backToList();
    await look(ada, '11-chats');
    await ada.button('Your account').click();
    await look(ada, '12-account');
    if (ada.screen === 'desktop') {
      await ada.button('Change password').click();
      await look(ada, '46-password');
      await ada.page.keyboard.press('Escape');
    }
    await ada.button('Close').click();

    await ada.openChat(ben.name);
    ada.pardon(/ERR_INTERNET_DISCONNECTED|^413 /);
    await ada.page.route('**/api/media', (route) => route.fulfill({ status: 413, json: problemOf('too_large') }));
    await ada.page.getByTestId('file-input').setInputFiles(cameraPhoto);
    await ada.button('Send picture').click();
    await ada.page.getByRole('alert').getByText('Not sent.').waitFor();
    await ada.context.setOffline(true);
    await ada.write('Are you there?');
    await ada.page.unroute('**/api/media');
    await ada.page.getByTestId('file-input').setInputFiles(cameraPhoto);
    await ada.button('Send picture').click();
    await ada.page.getByTestId('upload-status').getByText('Waiting…').waitFor();
    await look(ada, '13-offline');
  });
});

describe.each(screens)('on a %s', (screen) => {
  test('making and seeing media of every kind: nothing serious for screen readers, contrast or keyboards, in either theme', async () => {
    const { ada } = await stage.alone(screen);
    const line = (number: number) => ada.page.locator('[data-testid="line"][data-state="accepted"]').nth(number);
    await ada.button('Record a voice message').click();
    await ada.button('Turn on microphone').waitFor();
    await look(ada, '20-voice-asking');
    await ada.button('Turn on microphone').click();
    await ada.page.getByRole('alert').getByText('The microphone is blocked').waitFor();
    await look(ada, '21-voice-blocked');
    await ada.context.grantPermissions(['camera', 'microphone']);
    await ada.button('Try again').click();
    await eventually(() => ada.page.locator('.voice-levels i').count()).toBeGreaterThan(10);
    await look(ada, '22-voice-recording');
    await ada.button('Stop recording').click();
    await ada.page.getByTestId('voice-review').getByRole('slider').waitFor();
    await look(ada, '23-voice-review');
    await ada.button('Send the recording').click();
    await line(0).waitFor();

    await ada.button('Open the camera').click();
    await ada.button('Start a video').and(ada.page.locator(':enabled')).click();
    // Any second but the first: the first of them may go by between two looks.
    await ada.page
      .getByRole('timer')
      .getByText(/0:(?!00)\d\d/)
      .waitFor();
    await look(ada, '24-filming');
    await ada.button('Stop the video').click();
    await ada.page.getByTestId('review-video').waitFor();
    await look(ada, '25-film-review');
    await ada.button('Send video').click();
    await line(1).waitFor();

    const files = ['one.jpg', 'two.jpg'].map((name) => ({ name, mimeType: 'image/jpeg', buffer: readFileSync(cameraPhoto) }));
    const plan = { name: 'A plan for the second half of the year.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-') };
    await ada.page
      .getByTestId('file-input')
      .setInputFiles([...files, plan, { name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.from('') }]);
    await ada.button('Send 3 files').waitFor();
    await look(ada, '26-files');
    await ada.button('Leave this out').first().click();
    await ada.button('Send 2 files').click();
    await line(3).waitFor();
    await look(ada, '27-media-lines');
    await ada.page.getByTestId('message-log').dispatchEvent('dragenter', { dataTransfer: await ada.page.evaluateHandle(filesInHand) });
    await ada.page.getByTestId('drop-here').waitFor();
    await look(ada, '28-drop');
  });
});

describe.each(pairs)('on a %s, opening what a %s sent', (...both) => {
  test('what is seen once: nothing serious for screen readers, contrast or keyboards, in either theme', async () => {
    const { ada, ben } = await stage.pair(both);
    const film = join(root, 'test/fixtures/clips/recorded.webm');
    for (const [number, file] of [cameraPhoto, film].entries()) {
      await ben.page.getByTestId('file-input').setInputFiles(file);
      const dialog = ben.page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'View once', exact: true }).click();
      await dialog.getByRole('button', { name: /^Send / }).click();
      await ada.page.getByTestId('once-open').click();
      await ada.button('Open it').waitFor();
      await look(ada, `${30 + number * 2}-once-asking`);
      await ada.button('Open it').click();
      await ada.page.getByTestId('once-viewer').locator('img, video').waitFor();
      await look(ada, `${31 + number * 2}-once`);
      await ada.button('Close').click();
    }
  });
});

test("every colour that a person's id can give them is readable, in either theme", async () => {
  const { ada } = await stage.alone('desktop');
  await ada.page.evaluate(() => {
    const row = document.querySelector('[data-testid="chat-row"]')?.closest('li');
    const hues = Array.from({ length: 8 }, (_, hue) => String(hue));
    for (const hue of hues) {
      const copy = row?.cloneNode(true);
      if (!(copy instanceof Element)) throw new Error('There is no chat in the list');
      for (const avatar of copy.querySelectorAll<HTMLElement>('[data-hue]')) {
        avatar.dataset.hue = hue;
        // A single letter counts as a picture.
        avatar.textContent = 'AB';
      }
      copy.querySelector('a')?.removeAttribute('aria-current');
      row?.before(copy);
    }
  });
  await look(ada, '14-colours');
});

test.runIf(isPhotographing)('the pictures of the README', async () => {
  // As small as they are shown, so that they weigh little.
  const desk = { viewport: { width: 1_100, height: 700 }, deviceScaleFactor: 0.85 };
  const hand = { viewport: { width: 360, height: 720 }, deviceScaleFactor: 0.85 };
  const ada = await stage.enter('Ada', 'desktop', { username: 'ada', context: desk });
  const nora = await stage.enter('Nora Lind', 'phone', { username: 'nora', context: hand });
  const picture = ({ page }: Visitor, name: string) => page.screenshot({ path: join(readmeFolder, `${name}.png`) });
  await Promise.all([fillList(ada), fillList(nora)]);
  await nora.button('Your account').click();
  await nora.page.getByTestId('picture-input').setInputFiles(cameraPhoto);
  await nora.button('Change picture').waitFor();
  await nora.button('Close').click();

  await ada.openChatWith(nora);
  await nora.openChat(ada.name);
  await ada.write('Did the suit fit?');
  await nora.line('Did the suit fit?').waitFor();
  await nora.takePhoto();
  await nora.page.getByLabel('Caption').fill('Like a glove');
  await nora.button('Send picture').click();
  await ada.line('Like a glove').getByTestId('thumbnail').waitFor();
  await ada.write('It suits you! See you at the pad.');
  await nora.line('See you at the pad').waitFor();
  await nora.disappearsAfter('10 seconds');
  await nora.write('The gate code is 4711');
  await ada.line('4711').getByTestId('countdown').waitFor();
  await nora.messageField.pressSequentially('And');
  await ada.typing.getByText('Nora Lind is typing').waitFor();
  await ada.page.mouse.move(0, 0);
  await picture(ada, 'conversation');

  await nora.messageField.fill('');
  await nora.turnOnCamera(true);
  await nora.button('Take the photo').and(nora.page.locator(':enabled')).waitFor();
  await picture(nora, 'camera');
  await nora.button('Close').click();

  await ada.button('View once').click();
  await ada.write('The party for Mira is on Friday at nine. Not a word to her!');
  await nora.page.getByTestId('once-open').click();
  await nora.button('Open it').click();
  await nora.page.getByTestId('once-viewer').waitFor();
  await picture(nora, 'view-once');
  await nora.button('Close').click();

  await nora.page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await nora.backToList();
  await picture(nora, 'chats');
});
