import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, type TestBrowser } from '../support/browser';
import { type Harness, startHarness } from '../support/harness';
import { seriousFindings } from './findings';
import { eventually, Stage } from './stage';
import type { Visitor } from './visitor';

const stage = new Stage();
let harness: Harness;
let browser: TestBrowser;
beforeAll(async () => {
  [harness, browser] = await Promise.all([startHarness(), launchBrowser('two')]);
  stage.open(browser, harness.url);
});
afterAll(() => Promise.all([browser.close(), harness.close()]));

/** From here on the page remembers every stream that it is given: the function tells which cameras are on. */
async function watchCameras({ page }: Visitor): Promise<() => Promise<string[]>> {
  const given = await page.evaluateHandle(() => {
    const streams: MediaStream[] = [];
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await ask(constraints);
      // A copy of the list: what the page takes out of its stream must be off as well.
      streams.push(new MediaStream(stream.getTracks()));
      return stream;
    };
    return streams;
  });
  return () =>
    given.evaluate((streams) =>
      streams
        .flatMap((stream) => stream.getTracks())
        .filter(({ readyState }) => readyState === 'live')
        .map((track) => track.getSettings().deviceId ?? ''),
    );
}

async function setVisible({ page }: Visitor, isVisible: boolean): Promise<void> {
  await page.evaluate(
    (state) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, value: state });
      document.dispatchEvent(new Event('visibilitychange'));
    },
    isVisible ? 'visible' : 'hidden',
  );
}

const aiming = (visitor: Visitor) => visitor.button('Take the photo').and(visitor.page.locator(':enabled')).waitFor();

test('of two cameras either is chosen by name or by flipping; none is on that nobody looks through, nor while the page is hidden', async () => {
  const { ada } = await stage.alone('phone');
  const camerasOn = await watchCameras(ada);
  await ada.turnOnCamera(true);
  await aiming(ada);
  const picker = ada.page.getByRole('combobox', { name: 'Camera' });
  const names = await picker.locator('option').evaluateAll((options: HTMLOptionElement[]) => options.map(({ value }) => value));
  expect(names).toHaveLength(2);
  expect(await seriousFindings(ada.page)).toEqual([]);
  const first = await picker.inputValue();
  const second = names.find((name) => name !== first) ?? '';
  await picker.selectOption(second);
  await eventually(camerasOn).toEqual([second]);
  await ada.button('Switch camera').click();
  await eventually(camerasOn).toEqual([first]);

  await aiming(ada);
  await ada.button('Take the photo').click();
  await ada.page.getByTestId('review-picture').waitFor();
  await eventually(camerasOn).toEqual([]);
  await ada.button('Retake').click();
  await eventually(camerasOn).toEqual([first]);
  await setVisible(ada, false);
  await eventually(camerasOn).toEqual([]);
  await setVisible(ada, true);
  await ada.button('Turn on camera').click();
  await eventually(camerasOn).toEqual([first]);
  await ada.page.keyboard.press('Escape');
  await eventually(camerasOn).toEqual([]);
  expect(await ada.button('Open the camera').evaluate((button) => button === document.activeElement)).toBe(true);
});

test('the timer counts three seconds down and can be called off; the screen lights up before the photo', async () => {
  const { ada } = await stage.alone('desktop');
  await ada.turnOnCamera(true);
  await aiming(ada);
  const shown = await ada.page.evaluateHandle(() => {
    const seen: string[] = [];
    new MutationObserver(() => {
      const now = document.querySelector('.camera-countdown')?.textContent ?? (document.querySelector('.camera-flash') ? 'white' : null);
      if (now !== null && seen.at(-1) !== now) seen.push(now);
    }).observe(document, { subtree: true, childList: true, characterData: true });
    return seen;
  });
  await ada.button('Timer, 3 seconds').click();
  await ada.button('Screen flash').click();
  await ada.button('Take the photo').click();
  await ada.page.getByRole('timer').waitFor();
  await ada.button('Take the photo').click();
  await ada.page.getByRole('timer').waitFor({ state: 'detached' });
  await ada.button('Take the photo').click();
  await ada.page.getByTestId('review-picture').waitFor();
  const seen = await shown.evaluate((all) => all);
  expect(seen.slice(-4)).toEqual(['3', '2', '1', 'white']);
  expect(seen.slice(0, -4)).not.toContain('white');
  expect(seen[0]).toBe('3');
});

test.each([
  ['busy', 'The camera could not be started. Close other apps'],
  ['insecure', 'works only over a secure (https) connection'],
] as const)('a camera that is %s is explained, and a file can be chosen instead', async (trouble, words) => {
  const { ada } = await stage.alone('phone');
  await ada.page.evaluate((kind) => {
    if (kind === 'insecure') Object.defineProperty(window, 'isSecureContext', { configurable: true, value: false });
    else navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotReadableError'));
  }, trouble);
  await ada.button('Open the camera').click();
  await ada.page.getByText('RelayHub uses your camera only while this window is open').waitFor();
  await ada.button('Turn on camera').click();
  await ada.page.getByRole('alert').getByText(words).waitFor();
  expect(await ada.button('Try again').count()).toBe(trouble === 'busy' ? 1 : 0);
  expect(await seriousFindings(ada.page)).toEqual([]);
  const choosing = ada.page.waitForEvent('filechooser');
  await ada.button('Choose a file instead').click();
  await choosing;
});

test('a camera that is taken away while one aims says so, and is there again when it is given back', async () => {
  const { ada } = await stage.alone('desktop');
  await ada.turnOnCamera(true);
  await aiming(ada);
  await ada.context.clearPermissions();
  await ada.page.getByRole('alert').getByText('Close other apps that use it').waitFor();
  await ada.context.grantPermissions(['camera', 'microphone']);
  await ada.button('Try again').click();
  await aiming(ada);
});
