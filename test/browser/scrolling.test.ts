import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { chatsAnswer } from '../../src/protocol/rest';
import type { Screen } from '../support/browser';
import { text } from '../support/chats';
import { onScreen, topOf, watchLog } from './log-watch';
import { atRest, lineText, longChat, newest, numberOf, wheel } from './long-chat';
import { eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();

/** So many a client holds at most, with what has just come in. */
const mostLinesHeld = 1_800;

const answerTo = (id: string, words: string) => ({ ...text(words), reply_to: id });

test('scrolling up through 1,200 lines and down again: never a blank screen, never a line missing, few rows in the page', async () => {
  const { ada } = await longChat(stage, 'desktop', 1_200, true);
  await ada.line('Line 1200').waitFor();
  const stopUp = await watchLog(ada.page);
  await wheel(ada, -900, async () => (await onScreen(ada.page)).some((line) => numberOf(line) === 1));
  const up = await stopUp();
  const stopDown = await watchLog(ada.page);
  await wheel(ada, 900, async () => !(await newest(ada).isVisible()));
  const down = await stopDown();
  for (const { faults, mostRows, lowest, highest, frames } of [up, down]) {
    expect(faults).toEqual([]);
    expect([lowest, highest]).toEqual([1, 1_200]);
    expect(mostRows).toBeLessThan(200);
    expect(frames).toBeGreaterThan(25);
  }
  expect(up.mostUpPx).toBeLessThan(2);
  expect(down.mostDownPx).toBeLessThan(2);
});

test('[SEND-7] in a room of 100,000 lines one scrolls without end, gets to the oldest and back, and little of it is held', async () => {
  const { ada, ids, say } = await longChat(stage, 'desktop', 1, true, 99_999);
  await ada.line('Line 100000').waitFor();
  await say(answerTo(ids[0] ?? '', 'To the very first'));
  await ada.line('To the very first').waitFor();
  const mostHeldPx = mostLinesHeld * (await meanRowPx(ada));
  const stopUnderWheel = await watchLog(ada.page);
  const top = async () => numberOf((await onScreen(ada.page)).find((line) => /^Line/.test(line)));
  await wheel(ada, -2_400, async () => (await top()) < 97_500);
  const underWheel = await stopUnderWheel();
  expect(underWheel).toMatchObject({ faults: [], highest: 100_000 });
  // Nothing goes up that is scrolled down.
  expect(underWheel.mostUpPx).toBeLessThan(2);
  const stop = await watchLog(ada.page);
  // Dragged to the upper end of what is held, which moves away with what comes in.
  const dragUp = async () => {
    await ada.page.getByTestId('log-scroll').evaluate((scroller) => scroller.scrollTo(0, 0));
    return top();
  };
  await eventually(dragUp).toBeLessThan(97_000);
  await atRest(ada);
  const { faults, mostRows, lowest, tallestPx } = await stop();
  expect(faults).toEqual([]);
  expect(lowest).toBeLessThan(97_000);
  expect(mostRows).toBeLessThan(200);
  expect(tallestPx).toBeLessThan(mostHeldPx);

  await newest(ada).click();
  await ada.line('To the very first').getByRole('button', { name: 'Go to the original' }).click();
  await eventually(() => onScreen(ada.page)).toContainEqual(lineText(1));
  await ada.page.getByTestId('policy-line').waitFor();
  const stopAtOldest = await watchLog(ada.page);
  await wheel(ada, 2_400, async () => (await top()) > 2_000);
  await wheel(ada, -2_400, () => ada.page.getByTestId('policy-line').isVisible());
  const atOldest = await stopAtOldest();
  expect(atOldest.faults).toEqual([]);
  expect(atOldest.lowest).toBe(1);
  expect(atOldest.mostRows).toBeLessThan(200);
  expect(atOldest.tallestPx).toBeLessThan(mostHeldPx);
  await newest(ada).click();
  await eventually(() => onScreen(ada.page)).toContainEqual(lineText(100_000));
});

/** How high a row is, as a mean of all in the page. */
function meanRowPx({ page }: Visitor): Promise<number> {
  return page.locator('.log-row').evaluateAll((rows) => {
    return rows.reduce((sum, row) => sum + row.getBoundingClientRect().height, 0) / rows.length;
  });
}

/** The line at the middle of the screen, and where it is. */
async function middleLine(visitor: Visitor): Promise<{ line: string; top: number }> {
  const lines = await onScreen(visitor.page);
  const line = lines[Math.floor(lines.length / 2)] ?? '';
  return { line, top: (await topOf(visitor.page, line)) ?? Number.NaN };
}

test('[EXP-4] what is read stays where it is while lines come, change and vanish around it', async () => {
  const { ada, mira, chatId, ids, say } = await longChat(stage, 'desktop', 220, true);
  const brief = Array.from({ length: 6 }, (_, index) => text(`Brief ${index + 1}`, 12));
  await say(
    ...brief.slice(0, 3),
    text('Between'),
    ...brief.slice(3),
    ...Array.from({ length: 40 }, (_, index) => text(`After ${index + 1}`)),
  );
  await ada.line('After 40').waitFor();
  await wheel(ada, -60, () => ada.line('Between').isVisible());
  await ada.line('Between').evaluate((line) => line.scrollIntoView({ block: 'start' }));
  await atRest(ada);
  const between = async () => Math.round((await topOf(ada.page, 'Between')) ?? Number.NaN);
  const before = await between();
  expect(before).toBeGreaterThan(0);

  await say(text('Something new'));
  await newest(ada).getByText('1').waitFor();
  expect(await between()).toBe(before);
  await eventually(() => ada.page.getByText('Brief').count()).toBe(0);
  expect(await between()).toBe(before);

  // What is above the screen becomes higher.
  await mira.call('POST', `/api/chats/${chatId}/frames`, [
    { type: 'edit_message', id: ids[219], content: 'Line 220, at length. '.repeat(60) },
  ]);
  await eventually(() => ada.page.locator(`[data-row="${ids[219]}"]`).textContent()).toContain('at length');
  expect(await between()).toBe(before);

  // The uppermost line of the screen becomes lower.
  const numbers = async () => (await onScreen(ada.page)).map(numberOf);
  await wheel(ada, -300, async () => ((await numbers())[0] ?? 0) < 150);
  await atRest(ada);
  const [first = 0, second = 0] = await numbers();
  // One that is more than half on the screen would hold it in its place.
  await ada.page.locator(`[data-row="${ids[first - 1]}"]`).evaluate((line) => line.scrollIntoView({ block: 'start' }));
  await atRest(ada);
  const topOfSecond = () => ada.page.locator(`[data-row="${ids[second - 1]}"]`).evaluate((line) => line.getBoundingClientRect().top);
  const top = await topOfSecond();
  await mira.call('POST', `/api/chats/${chatId}/frames`, [{ type: 'delete_message', id: ids[first - 1] }]);
  await ada.page.getByText('Deleted by Mira').waitFor();
  expect(await topOfSecond()).toBeCloseTo(top, 0);
});

test('a page of the past that comes in moves nothing', async () => {
  const { ada } = await longChat(stage, 'desktop', 400, true);
  await ada.line('Line 400').waitFor();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await ada.page.route(/\/messages\?before=/, async (route) => {
    await held;
    await route.continue();
  });
  await wheel(ada, -500, () => ada.page.getByText('Loading older messages…').isVisible());
  await atRest(ada);
  const { line, top } = await middleLine(ada);
  expect(numberOf(line)).toBeLessThan(370);
  release();
  await eventually(() => topOf(ada.page, line)).toBeCloseTo(top, 0);
  await ada.page.getByText('Loading older messages…').waitFor({ state: 'detached' });
  await eventually(async () => (await ada.page.getByTestId('line').first().textContent()) ?? '').not.toMatch(/Line 351\b/);
  expect(await topOf(ada.page, line)).toBeCloseTo(top, 0);
});

test('where the keyboard opens, the lowest line stays above the composer; at the end, the newest', async () => {
  const { ada, say } = await longChat(stage, 'phone', 200, true);
  await ada.line('Line 200').waitFor();
  const resize = (height: number) => ada.page.setViewportSize({ width: 390, height });
  const lowest = async () => (await onScreen(ada.page)).at(-1);
  await resize(500);
  await eventually(lowest).toMatch(/^Line 200\b/);
  await say(text('Line 201'));
  await eventually(lowest).toBe('Line 201');
  await resize(844);
  await eventually(lowest).toBe('Line 201');

  await ada.page.getByTestId('log-scroll').evaluate((scroller) => scroller.scrollBy(0, -3_000));
  await newest(ada).waitFor();
  await atRest(ada);
  const line = (await lowest()) ?? '';
  const fromBottom = async () => {
    const frame = await ada.page.getByTestId('log-scroll').boundingBox();
    return Math.round((frame === null ? Number.NaN : frame.y + frame.height) - ((await topOf(ada.page, line)) ?? Number.NaN));
  };
  const before = await fromBottom();
  await resize(500);
  await eventually(fromBottom).toBe(before);
  await resize(844);
  await eventually(fromBottom).toBe(before);
});

test('who scrolls up in the moment in which the screen changes is not brought back to the end', async () => {
  const { ada } = await longChat(stage, 'phone', 200, true);
  await ada.line('Line 200').waitFor();
  await atRest(ada);
  // Within one task, and so before the page hears of either.
  const scrollOnce = (by: number, heightPx: string) =>
    ada.page.getByTestId('log-scroll').evaluate(
      (scroller, [by, heightPx]) => {
        scroller.style.setProperty('max-height', heightPx);
        scroller.scrollBy(0, by);
      },
      [by, heightPx] as const,
    );
  const lowestNumber = async () => numberOf((await onScreen(ada.page)).at(-1));
  // A little, within what is rendered, and then to where nothing is yet.
  await scrollOnce(-500, '400px');
  await newest(ada).waitFor();
  await atRest(ada);
  expect(await lowestNumber()).toBeGreaterThan(180);
  await newest(ada).click();
  await eventually(lowestNumber).toBe(200);
  await atRest(ada);
  await scrollOnce(-5_000, 'none');
  await newest(ada).waitFor();
  await atRest(ada);
  expect(await lowestNumber()).toBeLessThan(180);
});

test('[SEND-7] an answer leads to what it answers however far up that is, from there one gets back, and what is gone is said to be', async () => {
  const { ada, ids, say, mira, chatId } = await longChat(stage, 'desktop', 900, true);
  await say(answerTo(ids[99] ?? '', 'To the old one'), answerTo(ids[898] ?? '', 'To the last'));
  const quote = (line: string) => ada.line(line).getByRole('button', { name: 'Go to the original' });
  await quote('To the last').getByText('Line 899').waitFor();
  await quote('To the old one').getByText('An earlier message').click();
  await eventually(() => onScreen(ada.page)).toContainEqual(expect.stringMatching(/^Line 100\b/));
  await ada.page.locator(`[data-row="${ids[99]}"].is-found`).waitFor();

  const stop = await watchLog(ada.page);
  await wheel(ada, 900, async () => !(await newest(ada).isVisible()));
  const { faults, highest } = await stop();
  expect(faults).toEqual([]);
  expect(highest).toBe(900);

  await mira.call('POST', `/api/chats/${chatId}/frames`, [{ type: 'delete_message', id: ids[99] }]);
  await ada.page.reload();
  await ada.hasOpened('Long');
  ada.pardon(/^404 .*\/messages$/);
  // Pressed while rows are still added above: where the last lines moved by but a fraction, this would scroll before it presses.
  await quote('To the old one').click();
  await ada.page.getByTestId('trouble').getByText('That message is not here any more.').waitFor();
  // The strip that says so takes room from the log, which follows a frame later.
  await eventually(async () => (await onScreen(ada.page)).at(-1)).toBe('To the last');
});

describe.each<Screen>(['desktop', 'phone'])('on a %s', (screen) => {
  test('[RCPT-1] who comes back to much unread begins where they stopped, and can jump to the newest', async () => {
    const { ada, elsewhere } = await longChat(stage, screen, 300, false);
    await ada.page.getByTestId('unread-divider').waitFor();
    expect((await onScreen(ada.page))[0]).toMatch(/^Line 1\b/);
    await newest(ada)
      .getByText(/^2\d\d$/)
      .waitFor();
    await newest(ada).click();
    await eventually(() => onScreen(ada.page)).toContainEqual(expect.stringMatching(/^Line 300\b/));
    await newest(ada).waitFor({ state: 'hidden' });
    const unread = async () => v.parse(chatsAnswer, (await elsewhere.call('GET', '/api/users/me/chats')).body).chats[0]?.unread_count;
    await eventually(unread).toBe(0);
    await ada.page.reload();
    await ada.hasOpened('Long');
    await eventually(() => onScreen(ada.page)).toContainEqual(expect.stringMatching(/^Line 300\b/));
    expect(await ada.page.getByTestId('unread-divider').count()).toBe(0);
  });
});

test('arrow keys go from line to line; the focus stays on its line when that is scrolled away, and goes to the next when it vanishes', async () => {
  const { ada, say } = await longChat(stage, 'desktop', 300, true);
  await ada.line('Line 300').waitFor();
  const focused = () =>
    ada.page.evaluate(() => document.activeElement?.querySelector('.bubble-text')?.textContent ?? document.activeElement?.tagName);
  await ada.messageField.focus();
  for (let tabs = 0; tabs < 8 && !/^Line/.test((await focused()) ?? ''); tabs++) await ada.page.keyboard.press('Shift+Tab');
  expect(await focused()).toMatch(/^Line 300\b/);
  for (let step = 0; step < 30; step++) await ada.page.keyboard.press('ArrowUp');
  expect(await focused()).toMatch(/^Line 270\b/);
  expect(await onScreen(ada.page)).toContainEqual(expect.stringMatching(/^Line 270\b/));

  await wheel(ada, -900, async () => numberOf((await onScreen(ada.page))[0]) < 150);
  expect(await focused()).toMatch(/^Line 270\b/);
  await ada.page.keyboard.press('ArrowDown');
  await eventually(focused).toMatch(/^Line 271\b/);
  await eventually(() => onScreen(ada.page)).toContainEqual(expect.stringMatching(/^Line 271\b/));

  await ada.page.keyboard.press('Enter');
  await ada.page.getByRole('menuitem', { name: 'Reply' }).waitFor();
  await ada.page.keyboard.press('Escape');
  await eventually(focused).toMatch(/^Line 271\b/);

  await newest(ada).click();
  await say(text('Brief', 6), text('Lasting'));
  await ada.line('Lasting').waitFor();
  await ada.page.getByTestId('line').filter({ hasText: 'Brief' }).focus();
  await ada.line('Brief').waitFor({ state: 'detached' });
  await eventually(focused).toBe('Lasting');
});

test('what others write is announced, history and what has ended is not', async () => {
  const { ada, say } = await longChat(stage, 'desktop', 60, true);
  const announced = () => ada.page.getByTestId('announcer').textContent();
  await ada.line('Line 60').waitFor();
  expect(await announced()).toBe('');
  await say(text('Come over', 5));
  await eventually(announced).toBe('Mira: Come over');
  await eventually(announced).toBe('');
  await say(...Array.from({ length: 5 }, (_, index) => text(`Again ${index}`)));
  await eventually(announced).toMatch(/new messages|Again 4/);
});
