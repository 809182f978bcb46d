import { expect, test } from 'vitest';
import { seriousFindings } from './findings';
import { cameraPhoto, eventually, sharedStage } from './stage';
import type { Visitor } from './visitor';
import { workerOf } from './worker-of';

const stage = sharedStage({ serviceWorkers: 'allow' });
const offlineFaults = /ERR_INTERNET_DISCONNECTED/;

/** Paths of everything in any cache of the page's origin. */
function cachedPaths(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(async () => {
    const requests = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    return requests.flat().map(({ url }) => new URL(url).pathname + new URL(url).search);
  });
}

const ownFile = /^\/($|assets\/[\w-]+-[\w-]{8}\.(js|css)$|icons\/[\w-]+\.png$|favicon\.svg$|manifest\.webmanifest$)/;

test('[SYNC-5] the page opens without a network: it says so, and holds what its user wrote, which is sent afterwards', async () => {
  const { ada } = await stage.alone('desktop');
  ada.pardon(offlineFaults);
  await workerOf(ada);
  await ada.write('Before');
  await ada.page.locator('[data-state="accepted"]').waitFor();
  await ada.context.setOffline(true);
  await ada.conversation.getByText('You are offline.').waitFor();
  await ada.write('While away');
  await ada.messageField.fill('And a draft');
  await eventually(() => ada.keptOnDevice()).toContain('"shelf":"drafts"');
  await eventually(async () => (await ada.keptOnDevice()).split('"shelf":"outbox"').length - 1).toBe(1);

  await ada.page.reload();
  await ada.line('While away').waitFor();
  // Which of the two is for the browser to say.
  await ada.page
    .getByText(/^You are offline|^Connecting/)
    .filter({ visible: true })
    .first()
    .waitFor();
  await eventually(() => ada.messageField.inputValue()).toBe('And a draft');
  await ada.conversation.getByRole('heading', { name: 'Not connected' }).waitFor();
  // Of what was said before nothing is kept.
  expect(await ada.texts()).toEqual(['While away']);
  await ada.page.getByTestId('away').waitFor();
  expect(await seriousFindings(ada.page)).toEqual([]);

  await ada.context.setOffline(false);
  await ada.openChat('Ben');
  await eventually(() => ada.texts()).toEqual(['Before', 'While away']);
  await eventually(() => ada.statesOf(['While away'])).toEqual(['accepted']);
});

test('[SYNC-5] a chat of which nothing is kept says so, and is back with the connection', async () => {
  const { ada } = await stage.alone('phone');
  ada.pardon(offlineFaults);
  await workerOf(ada);
  await ada.write('Before');
  await ada.page.locator('[data-state="accepted"]').waitFor();
  await ada.context.setOffline(true);
  await ada.page.reload();
  await ada.conversation.getByRole('heading', { name: 'Not connected' }).waitFor();
  const note = ada.page.getByTestId('away-from-chat');
  await note.getByText('not kept on this device').waitFor();
  expect(await seriousFindings(ada.page)).toEqual([]);

  await ada.context.setOffline(false);
  await ada.conversation.getByRole('heading', { name: 'Ben' }).waitFor();
  await note.waitFor({ state: 'detached' });
  await eventually(() => ada.texts()).toEqual(['Before']);
});

test('[SYNC-5] no cache ever holds anything but the app’s own files', async () => {
  const { ada } = await stage.alone('desktop');
  await workerOf(ada);
  await ada.write('A line');
  await ada.page.getByTestId('file-input').setInputFiles(cameraPhoto);
  await ada.button('Send picture').click();
  await eventually(async () => (await ada.lines()).map(({ state }) => state)).toEqual(['accepted', 'accepted']);
  await ada.page.reload();
  await ada.hasOpened('Ben');
  await ada.page.getByRole('img').first().waitFor();
  const paths = await cachedPaths(ada);
  expect(paths).toContain('/');
  expect(paths.filter((path) => !ownFile.test(path))).toEqual([]);
  const worker = await ada.page.request.get(`${stage.url}/sw.js`);
  expect(worker.headers()['cache-control']).toBe('no-cache');
  expect(worker.headers()['content-type']).toContain('javascript');
});

test('a page of the version before still finds its parts when a new one has taken over', async () => {
  const { ada } = await stage.alone('desktop');
  const worker = await workerOf(ada);
  // What an older version had kept, of which the server knows nothing any more.
  await ada.page.evaluate(async () => {
    const old = await caches.open('shell-0000');
    await old.put('/assets/part-00000000.js', new Response('export const old = 1;', { headers: { 'content-type': 'text/javascript' } }));
  });
  const load = () => ada.page.evaluate(async () => (await fetch('/assets/part-00000000.js')).status);
  expect(await load()).toBe(200);
  await worker.evaluate("dispatchEvent(new ExtendableEvent('activate'))");
  expect(await load()).toBe(200);
});
