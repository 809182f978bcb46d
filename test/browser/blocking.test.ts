import { describe, expect, test } from 'vitest';
import { signUp } from '../support/people';
import { seriousFindings } from './findings';
import { eventually, pairs, sharedStage } from './stage';

const stage = sharedStage();

describe.each(pairs)('on a %s, blocking somebody on a %s', (...screens) => {
  test('[BLOCK-1] the other is not heard and does not know; unblocked, only what comes then is', async () => {
    const { ada, ben } = await stage.pair(screens);
    await ben.write('Nice to meet you');
    await ada.line('Nice to meet you').waitFor();
    await ada.button('Chat details').click();
    // By the keyboard alone.
    await ada.button('Block Ben').focus();
    await ada.page.keyboard.press('Enter');
    const asking = ada.page.getByRole('dialog', { name: 'Block Ben?' });
    await asking.getByText('also after unblocking', { exact: false }).waitFor();
    expect(await seriousFindings(ada.page)).toEqual([]);
    await asking.getByRole('button', { name: 'Block', exact: true }).press('Enter');
    await ada.button('Unblock Ben').first().waitFor();
    await ada.page.keyboard.press('Escape');
    await ada.page.getByTestId('blocked-bar').getByText('You blocked Ben').waitFor();
    expect(await ada.messageField.count()).toBe(0);
    expect(await seriousFindings(ada.page)).toEqual([]);

    await ben.write('Can you hear me?');
    await eventually(() => ben.statesOf(['Can you hear me?'])).toEqual(['accepted']);
    await ben.line('Can you hear me?').getByRole('img', { name: 'Sent' }).waitFor();
    await eventually(() => ben.page.getByTestId('here').count()).toBe(0);

    await ada.page.getByTestId('blocked-bar').getByRole('button').click();
    await ada.page.getByRole('dialog', { name: 'Unblock Ben?' }).getByRole('button', { name: 'Unblock', exact: true }).click();
    await ada.messageField.waitFor();
    await ben.write('And now?');
    await ada.line('And now?').waitFor();
    expect(await ada.texts()).toEqual(['Nice to meet you', 'And now?']);
    await ben.line('And now?').getByRole('img', { name: 'Read' }).waitFor();
    expect(await ben.line('Can you hear me?').getByRole('img', { name: 'Sent' }).count()).toBe(1);
    await ada.page.reload();
    await ada.line('And now?').waitFor();
    expect(await ada.texts()).toEqual(['Nice to meet you', 'And now?']);
  });

  test('[BLOCK-1] in a group their lines are folded until one wants to see them, and the list of blocked people undoes it', async () => {
    const [ada, ben, cleo] = await Promise.all([stage.enter('Ada', screens[0]), stage.enter('Ben', screens[1]), signUp(stage.url, 'Cleo')]);
    await ada.makeGroup('Rowing', [ben, { name: 'Cleo', username: cleo.username }]);
    await ben.openChat('Rowing');
    await ada.button('Chat details').click();
    await ada.button('Actions for Ben').click();
    await ada.page.getByRole('menuitem', { name: 'Block' }).click();
    await ada.page.getByRole('dialog', { name: 'Block Ben?' }).getByRole('button', { name: 'Block', exact: true }).click();
    await ada.page.getByTestId('member').filter({ hasText: 'Blocked' }).waitFor();
    await ada.page.keyboard.press('Escape');
    await ben.write('Bring the oars');
    const folded = ada.line('Message from someone you blocked');
    await folded.waitFor();
    await eventually(() => ada.texts()).toEqual([null]);
    await ben.messageField.fill('and');
    expect(await seriousFindings(ada.page)).toEqual([]);
    await folded.getByRole('button', { name: 'Show' }).focus();
    await ada.page.keyboard.press('Enter');
    await eventually(() => ada.texts()).toEqual(['Bring the oars']);
    await ada.page.keyboard.press('Enter');
    await eventually(() => ada.texts()).toEqual([null]);
    expect(await ada.typing.textContent()).toBe('');

    await ada.backToList();
    await eventually(() => ada.preview('Rowing').textContent()).toBe('Message from someone you blocked');
    await ada.button('Your account').click();
    const blocked = ada.page.getByTestId('blocked-person').filter({ hasText: `@${ben.username}` });
    await blocked.getByRole('button', { name: 'Unblock Ben' }).click();
    await ada.page.getByRole('dialog', { name: 'Unblock Ben?' }).getByRole('button', { name: 'Unblock', exact: true }).click();
    await eventually(() => blocked.count()).toBe(0);
    expect(await seriousFindings(ada.page)).toEqual([]);
    await ada.page.keyboard.press('Escape');
    await eventually(() => ada.preview('Rowing').textContent()).toBe('Ben: Bring the oars');
  });
});
