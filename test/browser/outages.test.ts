import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedBrowser } from '../support/browser';
import { TestServer } from '../support/server';
import { cameraPhoto, eventually, pairs, Stage } from './stage';
import type { Visitor } from './visitor';

const stage = new Stage();
let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
  stage.open(await sharedBrowser({ photo: cameraPhoto }), server.url);
});
afterAll(() => server.close());

/** Clients return within 5 s, and later the longer nobody answers. */
const returnMs = 60_000;

/** Both hold the same lines: all of `hers` and of `his`, once, each in the order of their writing. */
async function expectSameLines(ada: Visitor, ben: Visitor, hers: readonly string[], his: readonly string[]): Promise<void> {
  for (const visitor of [ada, ben]) {
    await eventually(async () => (await visitor.lines()).filter(({ state }) => state === 'accepted').length, returnMs).toBe(
      hers.length + his.length,
    );
  }
  const lines = await ada.lines();
  expect(lines.filter(({ isOwn }) => isOwn).map(({ text }) => text)).toEqual(hers);
  expect(lines.filter(({ isOwn }) => !isOwn).map(({ text }) => text)).toEqual(his);
  expect(await ben.lines()).toEqual(lines.map((line) => ({ ...line, isOwn: !line.isOwn })));
}

const times = (count: number, text: string) => Array.from({ length: count }, (_, i) => `${text} ${i + 1}`);

describe.each(pairs)('from a %s to a %s', (...screens) => {
  test('[SYNC-1] [SYNC-2] [SYNC-5] [SEND-2] who was offline gets everything missed, and what waited is sent', async () => {
    const { ada, ben } = await stage.pair(screens);
    await ada.write('Before');
    await ben.line('Before').waitFor();

    await ben.context.setOffline(true);
    await ben.conversation.getByText('You are offline.').waitFor();
    const hers = ['Before', ...times(5, 'While you were away')];
    const his = times(3, 'While I was away');
    for (const text of hers.slice(1)) await ada.write(text);
    for (const text of his) await ben.write(text);
    await eventually(() => ada.statesOf(hers)).toEqual(hers.map(() => 'accepted'));
    expect(await ben.statesOf(his)).toEqual(his.map(() => 'waiting'));
    expect(await ben.texts()).toEqual(['Before', ...his]);

    await ben.context.setOffline(false);
    await expectSameLines(ada, ben, hers, his);
    await ben.page.reload();
    await ben.hasOpened('Ada');
    await expectSameLines(ada, ben, hers, his);
    for (const visitor of [ada, ben]) expect(await visitor.keptOnDevice()).not.toContain('away');
  });
});

test('[SYNC-1] [SYNC-2] [SYNC-3] [SYNC-4] [SEND-2] the server is killed while both write: everything arrives, nothing twice', async () => {
  const { ada, ben } = await stage.pair(['desktop', 'phone']);
  for (const visitor of [ada, ben]) visitor.pardon(/net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)/);
  const hers = times(12, 'From Ada');
  const his = times(12, 'From Ben');
  const write = async (from: number, to: number) => {
    for (let i = from; i < to; i++) await Promise.all([ada.write(hers[i] ?? ''), ben.write(his[i] ?? '')]);
  };
  await write(0, 4);
  await Promise.all([write(4, 8), server.kill()]);
  await write(8, 12);
  expect(await ada.statesOf(hers.slice(8))).toEqual(hers.slice(8).map(() => 'waiting'));
  await ada.conversation.getByText('Connecting…').waitFor();

  await server.restart();
  await expectSameLines(ada, ben, hers, his);
  for (const visitor of [ada, ben]) await visitor.page.reload();
  await ada.hasOpened('Ben');
  await ben.hasOpened('Ada');
  await expectSameLines(ada, ben, hers, his);
});

test('[SYNC-4] a picture that could not be uploaded waits for the network, and is sent once', async () => {
  const { ada, ben } = await stage.pair(['phone', 'desktop']);
  ada.pardon(/ERR_INTERNET_DISCONNECTED/);
  await ada.page.getByTestId('file-input').setInputFiles(cameraPhoto);
  await ada.button('Send picture').waitFor();
  await ada.context.setOffline(true);
  await ada.button('Send picture').click();
  await ada.page.getByTestId('upload-status').getByText('Waiting…').waitFor();

  await ada.context.setOffline(false);
  await ben.button('Open the picture').waitFor();
  await eventually(async () => (await ada.lines()).map(({ state }) => state)).toEqual(['accepted']);
  expect(await ben.lines()).toHaveLength(1);
});
