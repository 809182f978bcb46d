import { readFile } from 'node:fs/promises';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { launchBrowser, screens } from '../support/browser';
import { Bucket } from '../support/bucket';
import { cornersOf, differenceOf, factsOf, mirrored, nameOf, phonePhoto, swatchesOf } from './pixels';
import { cameraPhoto, eventually, type Pair, pairs, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();
let bucket: Bucket;
beforeAll(() => {
  bucket = new Bucket(stage.url);
});
afterAll(() => bucket.close());

/** The file behind a picture that somebody sees. */
async function fileSeen(visitor: Visitor, selector: string): Promise<{ url: string; file: Uint8Array }> {
  const picture = visitor.page.locator(selector);
  await eventually(() => picture.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth > 0)).toBe(true);
  const url = await picture.evaluate((img: HTMLImageElement) => img.src);
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toContain('no-store');
  return { url, file: await answer.bytes() };
}

/** A canvas' pixels, as a PNG. */
async function pixelsOf(canvas: Locator): Promise<Uint8Array> {
  const url = await canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL());
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

const thumbnail = '[data-testid="thumbnail"]';
const opened = '[data-testid="picture"]';

describe.each(pairs)('from a %s to a %s', (...screens) => {
  test('[MEDIA-1] [MEDIA-2] a webcam photo is seen before it is sent, and arrives as the camera saw it', async () => {
    const { ada, ben } = await stage.pair(screens);
    await ada.takePhoto();
    await ada.page.getByTestId('review-picture').waitFor();
    expect(await ben.page.getByTestId('line').count()).toBe(0);
    await ada.button('Retake').click();
    await ada.button('Take the photo').click();
    await ada.page.getByLabel('Caption').fill('Look who is here');
    await ada.button('Send picture').click();

    await ben.line('Look who is here').getByRole('button', { name: 'Open the picture' }).click();
    const [small, large] = [await fileSeen(ben, thumbnail), await fileSeen(ben, opened)];
    const seen = await swatchesOf(ben.page, await readFile(cameraPhoto), 16, 12);
    for (const { file } of [small, large]) {
      expect(factsOf(file)).toMatchObject({ type: 'image/jpeg', orientation: 1, isBare: true });
      const got = await swatchesOf(ben.page, file, 16, 12);
      expect(got.width / got.height).toBeCloseTo(4 / 3, 1);
      expect(differenceOf(got, seen)).toBeLessThan(10);
      expect(differenceOf(got, mirrored(seen, 16))).toBeGreaterThan(30);
    }
    expect(factsOf(large.file)).toMatchObject({ width: 640, height: 480 });
    expect(factsOf(small.file)).toMatchObject({ width: 300, height: 225 });
    await ben.page.keyboard.press('Escape');
    await ben.page.getByTestId('picture-viewer').waitFor({ state: 'detached' });
    await ada.line('Look who is here').and(ada.page.locator('[data-state="accepted"]')).waitFor();
  });
});

test('[MEDIA-1] a picked phone picture of 12 megapixels lying on its side arrives upright, at most 2,048 px, and without EXIF', async () => {
  const { ada, ben } = await stage.pair(['phone', 'desktop']);
  const photo = await phonePhoto(ada.page, 4_000, 3_000);
  expect(factsOf(photo)).toMatchObject({ width: 4_000, height: 3_000, orientation: 6, isBare: false });
  await ada.page.getByTestId('file-input').setInputFiles({ name: 'IMG_0001.JPG', mimeType: 'image/jpeg', buffer: Buffer.from(photo) });
  await ada.button('Send picture').click();

  await ben.button('Open the picture').click();
  for (const selector of [thumbnail, opened]) {
    const { file } = await fileSeen(ben, selector);
    expect(factsOf(file)).toMatchObject({ type: 'image/jpeg', orientation: 1, isBare: true });
    expect(Buffer.from(file).includes('secret')).toBe(false);
    const seen = await swatchesOf(ben.page, file, 8, 8);
    expect({ width: seen.width, height: seen.height }).toEqual(
      selector === opened ? { width: 1_536, height: 2_048 } : { width: 225, height: 300 },
    );
    expect(cornersOf(seen, 8).map(nameOf)).toEqual(['red', 'green', 'blue', 'yellow']);
  }
});

test('[MEDIA-2] a picture on its way is seen blurred in its place, and nothing moves when it is there', async () => {
  const { ada, ben } = await stage.pair(['phone', 'desktop']);
  const held: (() => void)[] = [];
  await ben.page.route('**/thumbnail?*', (route) => {
    held.push(() => void route.continue());
  });
  await ada.page.getByTestId('file-input').setInputFiles(cameraPhoto);
  await ada.button('Send picture').click();
  const placeholder = ben.page.getByTestId('placeholder');
  await eventually(() => held.length).toBe(1);
  const seen = await swatchesOf(ben.page, await readFile(cameraPhoto), 4, 3);
  expect(differenceOf(await swatchesOf(ben.page, await pixelsOf(placeholder), 4, 3), seen)).toBeLessThan(25);
  const place = () =>
    ben.page.getByTestId('line').evaluate((line) => {
      const { x, y, width, height } = line.getBoundingClientRect();
      return [x, y, width, height].map(Math.round);
    });
  const before = await place();
  for (const release of held) release();
  await ben.page.locator(`${thumbnail}[data-there="true"]`).waitFor();
  await placeholder.waitFor({ state: 'detached' });
  expect(await place()).toEqual(before);
});

test.each(['phone', 'desktop'] as const)(
  '[MEDIA-2] on a %s, an opened picture is seen from afar where and as large as it will be, and the sharp one moves nothing',
  async (screen) => {
    const { ada, ben } = await stage.pair(['desktop', screen]);
    const held: (() => void)[] = [];
    await ben.page.route('**/original?*', (route) => {
      held.push(() => void route.continue());
    });
    await ada.page.getByTestId('file-input').setInputFiles(cameraPhoto);
    await ada.button('Send picture').click();
    await ben.button('Open the picture').click();
    const afar = ben.page.getByTestId('picture-from-afar');
    await eventually(() => afar.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(true);
    await eventually(() => held.length).toBe(1);
    // The viewer itself has come to rest.
    await eventually(() => ben.page.evaluate(() => document.getAnimations().length)).toBe(0);
    const frame = ben.page.getByTestId('picture-frame');
    const before = await frame.boundingBox();
    const { width, height } = screens[screen].viewport;
    expect(before?.width).toBeCloseTo(Math.min(640, width), 0);
    expect((before?.width ?? 0) / (before?.height ?? 1)).toBeCloseTo(640 / 480, 2);
    expect((before?.x ?? 0) * 2 + (before?.width ?? 0)).toBeCloseTo(width, 0);
    expect((before?.y ?? 0) + (before?.height ?? 0)).toBeLessThanOrEqual(height);
    const seen = await swatchesOf(ben.page, await readFile(cameraPhoto), 4, 3);
    const looksLike = async () => differenceOf(await swatchesOf(ben.page, await frame.screenshot(), 4, 3), seen);
    expect(await looksLike()).toBeLessThan(25);

    for (const release of held) release();
    await ben.page.locator(`${opened}[data-there="true"]`).waitFor();
    expect(await afar.count()).toBe(0);
    expect(await frame.boundingBox()).toEqual(before);
    expect(await looksLike()).toBeLessThan(10);
  },
);

test('[EXP-3] [EXP-4] [EXP-5] [EXP-7] a picture of ten seconds leaves both pages, the open viewer and the store', async () => {
  // At once, since most of it is waiting.
  await Promise.all(pairs.map(async (screens) => vanish(await stage.pair(screens))));
});

async function vanish({ ada, ben, chatId }: Pair): Promise<void> {
  await ada.disappearsAfter('10 seconds');
  await ada.takePhoto();
  await ada.button('Send picture').click();
  await ben.button('Open the picture').click();
  const { url } = await fileSeen(ben, opened);
  expect(await bucket.keysOf(chatId)).toHaveLength(2);

  for (const { page } of [ada, ben]) await page.getByTestId('line').waitFor({ state: 'detached' });
  expect(await ben.page.locator('img').count()).toBe(0);
  expect(await ada.page.locator('img').count()).toBe(0);
  await eventually(() => bucket.keysOf(chatId), 60_000).toEqual([]);
  expect((await fetch(url)).status).toBeGreaterThanOrEqual(400);
  await ben.page.reload();
  await ben.hasOpened('Ada');
  expect(await ben.lines()).toEqual([]);
}

describe('where there is no camera', () => {
  /** The way out that every trouble offers. */
  async function chooseInstead(visitor: Visitor): Promise<void> {
    const choosing = visitor.page.waitForEvent('filechooser');
    await visitor.button('Choose a file instead').click();
    await (await choosing).setFiles(cameraPhoto);
    await visitor.button('Send picture').click();
    await visitor.page.locator('[data-testid="line"][data-state="accepted"]').waitFor();
  }

  test('the page says so, and a file can be sent instead', async () => {
    const withoutCamera = await launchBrowser('none');
    onTestFinished(() => withoutCamera.close());
    const { ada } = await stage.alone('desktop', withoutCamera);
    await ada.turnOnCamera(true);
    await ada.page.getByRole('alert').getByText('No camera was found on this device.').waitFor();
    await chooseInstead(ada);
  });

  test('the page says that it is blocked, until it is allowed; and a file can be sent instead', async () => {
    const { ada } = await stage.alone('phone');
    await ada.turnOnCamera(false);
    await ada.page.getByRole('alert').getByText('The camera is blocked for this page.').waitFor();
    await ada.context.grantPermissions(['camera']);
    await ada.button('Try again').click();
    await ada.page.getByTestId('camera-preview').waitFor();
    await chooseInstead(ada);
  });

  test('[MEDIA-1] a file that is no picture is sent as a file, and the page says so before; an empty one is not sent', async () => {
    const { ada, chatId } = await stage.alone('desktop');
    const input = ada.page.getByTestId('file-input');
    await input.setInputFiles({ name: 'none.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0) });
    await ada.page.getByRole('alert').getByText('“none.jpg” is empty.').waitFor();
    await ada.button('Close').click();
    await input.setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('not a picture') });
    await ada.page.getByText('Your browser cannot open this picture.').waitFor();
    expect(await bucket.keysOf(chatId)).toEqual([]);
    await ada.button('Send file').click();
    await ada.page.locator('[data-testid="line"][data-state="accepted"]').getByText('a.jpg').waitFor();
  });
});
