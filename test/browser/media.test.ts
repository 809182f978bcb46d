import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../support/assets';
import { Bucket } from '../support/bucket';
import { seriousFindings } from './findings';
import { eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';

const stage = sharedStage();
let bucket: Bucket;
beforeAll(() => {
  bucket = new Bucket(stage.url);
});
afterAll(() => bucket.close());

/** Presses a button with the pointer until `isEnough`. */
async function hold(visitor: Visitor, name: string, isEnough: () => Promise<unknown>): Promise<void> {
  await visitor.button(name).hover();
  await visitor.page.mouse.down();
  await isEnough();
  await visitor.page.mouse.up();
}

/** Runs in the page: whether anything can still be played from there. */
function isPlayable(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const player = document.createElement('video');
    player.onloadedmetadata = () => resolve(true);
    player.onerror = () => resolve(false);
    player.src = address;
  });
}

const secondsOf = (words: string | null) => Number(/^(\d+):(\d\d)/.exec(words ?? '')?.[2] ?? Number.NaN);

test('[MEDIA-1] [MEDIA-2] a video is recorded by holding the shutter, looked at, sent with a poster, and plays at the other end', async () => {
  const { ada, ben, chatId } = await stage.pair(['phone', 'desktop']);
  await ada.turnOnCamera(true);
  await ada.button('Take the photo').and(ada.page.locator(':enabled')).waitFor();
  const recorded = ada.page.getByRole('timer');
  await hold(ada, 'Take the photo', () => eventually(async () => secondsOf(await recorded.textContent())).toBeGreaterThanOrEqual(2));
  await ada.page.getByTestId('review-video').waitFor();
  await ada.page.getByLabel('Caption').fill('Colours');
  await ada.button('Send video').click();

  await ben.line('Colours').getByTestId('thumbnail').waitFor();
  await ben.button('Play the video').click();
  const player = ben.page.locator('video.video-player');
  await eventually(() => player.evaluate((video: HTMLVideoElement) => video.currentTime)).toBeGreaterThan(0.3);
  const seen = await player.evaluate(({ duration, videoWidth, src }: HTMLVideoElement) => ({ duration, videoWidth, src }));
  expect(seen.videoWidth).toBeGreaterThan(100);
  expect(seen.duration).toBeGreaterThan(1);
  expect(seen.duration).toBeLessThan(30);
  // The video, and its thumbnail; the poster's own upload stays until its hour is over.
  expect((await bucket.keysOf(chatId)).length).toBeGreaterThanOrEqual(2);
});

test('[MEDIA-1] [MEDIA-2] a video of half a minute is as long at the other end', async () => {
  const { ada, ben, chatId } = await stage.pair(['desktop', 'phone']);
  await ada.turnOnCamera(true);
  await ada.button('Take the photo').and(ada.page.locator(':enabled')).waitFor();
  const recorded = ada.page.getByRole('timer');
  await hold(ada, 'Take the photo', () =>
    eventually(async () => secondsOf(await recorded.textContent()), 90_000).toBeGreaterThanOrEqual(30),
  );
  await ada.button('Send video').click();

  await ben.page.getByTestId('thumbnail').waitFor();
  await ben.button('Play the video').click();
  const player = ben.page.locator('video.video-player');
  await eventually(() => player.evaluate((video: HTMLVideoElement) => video.duration)).toBeGreaterThan(29);
  // It can be sought through, as a file that knows its length can.
  await player.evaluate((video: HTMLVideoElement) => {
    video.currentTime = 25;
  });
  await eventually(() => player.evaluate((video: HTMLVideoElement) => video.currentTime)).toBeGreaterThan(25.2);
  expect((await bucket.keysOf(chatId)).some((key) => key.startsWith('uploads/'))).toBe(false);
});

test('[MEDIA-1] a voice message whose microphone is taken away ends with what was said until then', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'desktop']);
  await ada.context.grantPermissions(['microphone']);
  await ada.button('Record a voice message').click();
  await eventually(async () => secondsOf(await ada.page.getByRole('timer').textContent())).toBeGreaterThanOrEqual(1);
  await ada.context.clearPermissions();
  await ada.page.getByTestId('voice-review').getByRole('slider').waitFor();
  await ada.button('Send the recording').click();
  await ben.page.getByTestId('audio-player').waitFor();
});

test('[MEDIA-1] a voice message is recorded, listened to, sent, and can be sought through by keys at the other end', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'phone']);
  await ada.button('Record a voice message').click();
  await ada.page.getByText('RelayHub uses your microphone only while you record.').waitFor();
  await ada.page.keyboard.press('Escape');
  await ada.context.grantPermissions(['microphone']);

  await ada.button('Record a voice message').click();
  await ada.page.getByTestId('voice-recording').waitFor();
  await ada.page.keyboard.press('Escape');
  await ada.messageField.waitFor();

  await ada.button('Record a voice message').click();
  const recorded = ada.page.getByRole('timer');
  await eventually(async () => secondsOf(await recorded.textContent())).toBeGreaterThanOrEqual(2);
  expect(await ada.page.locator('.voice-levels i').count()).toBeGreaterThan(5);
  await ada.button('Stop recording').click();
  await ada.page.getByTestId('voice-review').getByRole('slider').waitFor();
  await ada.button('Send the recording').click();
  await ada.messageField.waitFor();

  const player = ben.page.getByTestId('audio-player');
  const slider = player.getByRole('slider');
  expect(await slider.getAttribute('aria-valuetext')).toMatch(/^0:00 of 0:0[23]$/);
  await slider.focus();
  await ben.page.keyboard.press('End');
  await ben.page.keyboard.press('PageDown');
  const sought = Number(await slider.inputValue());
  expect(sought).toBeGreaterThan(1);
  await ben.page.keyboard.press('Home');
  await player.getByRole('button', { name: 'Play' }).click();
  await eventually(() => player.locator('audio').evaluate((audio: HTMLAudioElement) => audio.currentTime)).toBeGreaterThan(0.2);
});

test('[MEDIA-1] files are dropped and pasted, looked through, and saved at the other end under their names', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'phone']);
  const files = await ada.page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['one,two'], 'sums 2026.csv', { type: 'text/csv' }));
    transfer.items.add(new File(['<script>'], 'page.html', { type: 'text/html' }));
    return transfer;
  });
  const target = '[data-testid="message-log"]';
  await ada.page.dispatchEvent(target, 'dragenter', { dataTransfer: files });
  await ada.page.getByTestId('drop-here').waitFor();
  await ada.page.dispatchEvent(target, 'drop', { dataTransfer: files });
  await ada.page.getByText('sums 2026.csv').waitFor();
  await ada.button('Leave this out').last().click();
  await ada.button('Send file').click();

  const saving = ben.page.waitForEvent('download');
  await ben.button('Save sums 2026.csv').click();
  const download = await saving;
  expect(download.suggestedFilename()).toBe('sums 2026.csv');
  expect(await readFile(await download.path(), 'utf8')).toBe('one,two');
  await ben.page.getByText('7 bytes').waitFor();

  await ada.messageField.evaluate((field, transfer) => {
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
  }, files);
  await ada.button('Send 2 files').click();
  await eventually(() => ben.page.getByTestId('file-card').count()).toBe(3);
});

test('[MEDIA-1] an upload shows how far it is, is taken back, and begins anew when the connection drops', async () => {
  const { ada, ben, chatId } = await stage.pair(['desktop', 'phone']);
  ada.pardon(/ERR_|^5\d\d /);
  const card = { name: 'plan.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(3_000_000, 7) };
  const choose = async () => {
    await ada.page.getByTestId('file-input').setInputFiles(card);
    await ada.button('Send file').click();
  };
  // A network as slow as on a train.
  const network = await ada.context.newCDPSession(ada.page);
  const slow = { offline: false, latency: 20, downloadThroughput: 1e6, uploadThroughput: 400_000 };
  await network.send('Network.enable');
  await network.send('Network.emulateNetworkConditions', slow);
  await choose();
  const status = ada.page.getByTestId('upload-status');
  await eventually(async () => Number(/Uploading (\d+) %/.exec((await status.textContent()) ?? '')?.[1])).toBeGreaterThan(5);
  await ada.button('Cancel the upload').click();
  await ada.page.getByTestId('line').waitFor({ state: 'detached' });
  expect(await ben.page.getByTestId('line').count()).toBe(0);

  await choose();
  await eventually(async () => Number(/Uploading (\d+) %/.exec((await status.textContent()) ?? '')?.[1])).toBeGreaterThan(5);
  await network.send('Network.emulateNetworkConditions', { ...slow, offline: true });
  await status.getByText('Waiting…').waitFor();
  await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await ada.page.locator('[data-testid="line"][data-state="accepted"]').waitFor();
  await ben.page.getByText('plan.bin').waitFor();
  expect(await bucket.keysOf(chatId)).toHaveLength(1);
});

test('[HONEST-1] [ONCE-3] [ONCE-6] a video, a voice message and a file to view once are opened once, under the name of who looks, and nothing is left of them', async () => {
  const { ada, ben, chatId } = await stage.pair(['desktop', 'phone']);
  const clips = join(root, 'test/fixtures/clips');
  const viewer = ben.page.getByTestId('once-viewer');
  const addressOf = { video: 'video', audio: 'audio', file: null } as const;
  for (const [kind, file] of [
    ['video', { name: 'clip.webm', mimeType: 'video/webm', buffer: await readFile(join(clips, 'recorded.webm')) }],
    ['audio', { name: 'voice.webm', mimeType: 'audio/webm', buffer: await readFile(join(clips, 'voice.webm')) }],
    ['file', { name: 'secret plan.txt', mimeType: 'text/plain', buffer: Buffer.from('At dawn') }],
  ] as const) {
    await ada.page.getByTestId('file-input').setInputFiles(file);
    const dialog = ada.page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'View once', exact: true }).click();
    await dialog.getByText('Nobody can be kept from taking a picture of their screen.').waitFor();
    await dialog.getByRole('button', { name: /^Send / }).click();

    await ben.page.getByTestId('once-open').click();
    await ben.page.getByText('RelayHub can neither see nor stop a screenshot').waitFor();
    await ben.button('Open it').click();
    await viewer.locator(`[data-name="@${ben.username}"]`).first().waitFor();
    let address: string | null = null;
    if (kind === 'audio') await viewer.getByRole('button', { name: 'Play' }).click();
    const element = addressOf[kind];
    if (element !== null) {
      const player = viewer.locator(element);
      await eventually(() => player.evaluate((playing: HTMLMediaElement) => playing.currentTime)).toBeGreaterThan(0.1);
      address = await player.evaluate((playing: HTMLMediaElement) => playing.src);
      expect(await ben.page.evaluate(isPlayable, address)).toBe(true);
    } else {
      const saving = ben.page.waitForEvent('download');
      await viewer.getByRole('button', { name: 'Save secret plan.txt' }).click();
      expect(await readFile(await (await saving).path(), 'utf8')).toBe('At dawn');
    }
    await ben.page.evaluate(() => dispatchEvent(new Event('blur')));
    await viewer.and(ben.page.locator('[data-veiled="true"]')).waitFor();
    if (kind === 'video') expect(await viewer.locator('video').evaluate((video: HTMLVideoElement) => video.paused)).toBe(true);
    await ben.page.evaluate(() => dispatchEvent(new Event('focus')));
    await viewer.and(ben.page.locator('[data-veiled="false"]')).waitFor();
    expect(await seriousFindings(ben.page)).toEqual([]);
    await ben.page.keyboard.press('Escape');
    await viewer.waitFor({ state: 'detached' });

    await eventually(() => ben.page.getByTestId('once-open').count()).toBe(0);
    expect(await ben.page.content()).not.toMatch(/blob:|secret plan/);
    if (address !== null) {
      ben.pardon(/ERR_FILE_NOT_FOUND/);
      expect(await ben.page.evaluate(isPlayable, address)).toBe(false);
    }
  }
  expect(await ben.keptOnDevice()).not.toMatch(/blob|secret|media/);
  await eventually(() => bucket.keysOf(chatId), 60_000).toEqual([]);
});

test('[ONCE-3] who prefers it sees what is seen once only while they hold it open, by pointer or key', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'phone']);
  await ada.button('View once').click();
  await ada.write('Look closely');
  await ben.page.getByTestId('once-open').click();
  await ben.button('Open it').click();
  const veiled = (isVeiled: boolean) => ben.page.locator(`[data-testid="once-viewer"][data-veiled="${isVeiled}"]`).waitFor();
  await veiled(false);
  await ben.button('Show only while I hold').click();
  await veiled(true);
  await hold(ben, 'Hold to look', () => veiled(false));
  await veiled(true);
  await ben.button('Hold to look').focus();
  await ben.page.keyboard.down('Space');
  await veiled(false);
  await ben.page.keyboard.up('Space');
  await veiled(true);
  expect(await seriousFindings(ben.page)).toEqual([]);
});
