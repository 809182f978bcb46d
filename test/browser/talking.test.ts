import { describe, expect, test } from 'vitest';
import type { Screen } from '../support/browser';
import { startHarness } from '../support/harness';
import { eventually, type Pair, pairs, sharedStage } from './stage';

const stage = sharedStage();

describe.each<Screen>(['desktop', 'phone'])('on a %s', (screen) => {
  test('[AUTH-1] [AUTH-3] who signs up stays signed in over a reload, until signing out', async () => {
    const ada = await stage.arrive('Ada', screen);
    await ada.signUp();
    await ada.page.reload();
    await ada.chatList.waitFor();

    await ada.signOut();
    await ada.button('Log in').waitFor();
    await eventually(() => ada.keptOnDevice()).not.toContain('relayhub');
    await ada.page.reload();
    await ada.button('Log in').waitFor();

    ada.pardon(/^401 \/api\/login$/);
    await ada.logIn('not the password');
    await ada.page.getByRole('alert').getByText('Wrong username or password.').waitFor();
    await ada.logIn();
    await ada.chatList.waitFor();

    const other = await stage.arrive('Ada', screen, { username: ada.username.toUpperCase() });
    other.pardon(/^409 \/api\/signup$/);
    await other.button('Create an account').click();
    await other.page.getByLabel('Username').fill(other.username);
    await other.page.getByLabel('Password').fill('short');
    await other.button('Sign up').click();
    await other.page.getByRole('alert').getByText('The password is shorter than 8 characters.').waitFor();
    await other.page.getByLabel('Password').fill(other.password);
    await other.button('Sign up').click();
    await other.page.getByRole('alert').getByText('This username is taken.').waitFor();
  });

  test('two who look for each other find one chat, and a group of three has its name', async () => {
    const [ada, ben, cleo] = await Promise.all([stage.enter('Ada', screen), stage.enter('Ben', screen), stage.enter('Cleo', screen)]);
    const chatId = await ada.openChatWith(ben);
    expect(await ben.openChatWith(ada)).toBe(chatId);
    await ada.backToList();
    expect(await ada.openChatWith(ben)).toBe(chatId);
    await ben.backToList();
    await eventually(() => ben.page.getByTestId('chat-row').count()).toBe(1);

    await ada.backToList();
    const groupId = await ada.makeGroup('The three of us', [ben, cleo]);
    await ada.conversation.getByText('3 members').waitFor();
    for (const member of [ben, cleo]) expect(await member.openChat('The three of us')).toBe(groupId);
    await cleo.page.getByTestId('system-line').getByText('Ada created the group “The three of us”').waitFor();

    await cleo.write('Hello both');
    for (const member of [ada, ben]) await member.line('Hello both').getByText('Cleo').waitFor();
  });
});

test('[SYNC-1] [SYNC-3] [SOCK-3] what is written while the sockets are cut arrives once, after they have returned by themselves', async () => {
  const { ada, ben, chatId } = await stage.pair(['desktop', 'phone']);
  await ada.write('one');
  await ben.line('one').waitFor();
  await (await startHarness()).worker.evictDurableObject('Room', { name: chatId, webSockets: 'close' });
  for (const text of ['two', 'three']) await ada.write(text);
  await ben.write('four');
  for (const visitor of [ada, ben])
    await eventually(async () => (await visitor.texts()).toSorted()).toEqual(['four', 'one', 'three', 'two']);
  await eventually(() => ada.lines()).toMatchObject(Array.from({ length: 4 }, () => ({ state: 'accepted' })));
  await eventually(() => ben.lines()).toEqual((await ada.lines()).map((line) => ({ ...line, isOwn: !line.isOwn })));
});

test('[SEND-1] [SEND-2] [SEND-3] [SEND-4] [INBOX-2] what one writes, the other sees in order', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'phone']);
  const states = await ada.page.evaluateHandle(() => {
    const seen = new Map<string, string[]>();
    const note = () => {
      for (const { dataset } of document.querySelectorAll<HTMLElement>('[data-testid="line"]')) {
        const list = seen.get(dataset.row ?? '') ?? [];
        if (list.at(-1) !== dataset.state) seen.set(dataset.row ?? '', [...list, dataset.state ?? '']);
      }
    };
    new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });
    return seen;
  });

  const hers = ['Hello Ben', 'a second line\nof two', '<b>not bold</b> & "quoted"', 'مرحبا 👋🏽', 'https://example.com/a?b=c#d'];
  for (const text of hers) await ada.write(text);
  await eventually(() => ben.texts()).toEqual(hers);
  await eventually(() => ada.statesOf(hers)).toEqual(hers.map(() => 'accepted'));
  expect(await states.evaluate((seen) => [...seen.values()])).toEqual(hers.map(() => ['waiting', 'accepted']));
  expect((await ada.lines()).map(({ id }) => id)).toEqual((await ben.lines()).map(({ id }) => id));

  const link = ben.page.getByRole('link', { name: 'https://example.com/a?b=c#d' });
  expect(await link.evaluate((a: HTMLAnchorElement) => [a.href, a.target, a.rel])).toEqual([
    'https://example.com/a?b=c#d',
    '_blank',
    'noopener noreferrer',
  ]);
  await ben.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await ben.line('a second line').getByRole('button', { name: 'Message actions' }).press('Enter');
  await ben.page.getByRole('menuitem', { name: 'Copy' }).press('Enter');
  await eventually(() => ben.page.evaluate(() => navigator.clipboard.readText())).toBe('a second line\nof two');

  await ben.write('Hello Ada');
  const all = [...hers, 'Hello Ada'];
  await eventually(() => ada.texts()).toEqual(all);
  await Promise.all([ada.backToList(), ben.backToList()]);
  await eventually(() => ada.preview('Ben').textContent()).toBe('Hello Ada');
  await eventually(() => ben.preview('Ada').textContent()).toBe('You: Hello Ada');

  await ben.page.reload();
  await ben.openChat('Ada');
  await eventually(() => ben.texts()).toEqual(all);
  expect(await ben.keptOnDevice()).not.toContain('Hello');
});

test('[LIVE-1] both see that the other is typing, and that they stopped', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'phone']);
  await ada.messageField.pressSequentially('I think');
  await ben.typing.getByText('Ada is typing').waitFor();
  await ben.messageField.pressSequentially('So do I');
  await ada.typing.getByText('Ben is typing').waitFor();

  await ada.messageField.fill('');
  await eventually(() => ben.typing.textContent()).toBe('');
  await ben.write('So do I');
  await ada.line('So do I').waitFor();
  await eventually(() => ada.typing.textContent()).toBe('');
  await ben.write('At least');
  await ben.messageField.pressSequentially('I think');
  await ada.typing.getByText('Ben is typing').waitFor();
});

test('[EXP-1] [EXP-3] [EXP-4] [INBOX-2] a line of ten seconds vanishes for both, from history and from the list', async () => {
  // At once, since most of it is waiting.
  await Promise.all(pairs.map(async (screens) => vanish(await stage.pair(screens))));
});

async function vanish({ ada, ben }: Pair): Promise<void> {
  await ada.write('This one stays');
  await ben.line('This one stays').waitFor();
  await ben.backToList();

  await ada.disappearsAfter('10 seconds');
  await ada.write('Gone in a moment');
  await eventually(() => ben.preview('Ada').textContent()).toBe('Gone in a moment');
  await ben.openChat('Ada');
  await eventually(() => ben.texts()).toEqual(['This one stays', 'Gone in a moment']);
  await ada.line('Gone in a moment').getByTestId('countdown').waitFor();

  for (const visitor of [ada, ben]) {
    await eventually(() => visitor.page.content()).not.toContain('Gone in a moment');
    await visitor.page.reload();
    await visitor.hasOpened(visitor === ada ? 'Ben' : 'Ada');
    await eventually(() => visitor.texts()).toEqual(['This one stays']);
    await visitor.backToList();
  }
  await eventually(() => ada.preview('Ben').textContent()).toBe('You: This one stays');
  await eventually(() => ben.preview('Ada').textContent()).toBe('This one stays');
  for (const visitor of [ada, ben]) expect(await visitor.page.content()).not.toContain('Gone in a moment');
}
