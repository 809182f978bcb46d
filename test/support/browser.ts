import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type ConsoleMessage,
  chromium,
  devices,
  type Page,
} from 'playwright-core';
import { chromiumFlags, findChromium } from '../../scripts/lib/chromium.mjs';
import { shared } from './sharing';

/** Where a service worker stands between page and network, a test cannot hold the page's requests back: those that are about it allow it. */
const common: BrowserContextOptions = { serviceWorkers: 'block' };

/** The sizes everything is looked at. */
export const screens = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { ...devices['Pixel 7'], viewport: { width: 390, height: 844 } },
} as const satisfies Record<string, BrowserContextOptions>;
export type Screen = keyof typeof screens;

/** One page of a profile nobody used before. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What went wrong in the page: uncaught errors, console errors, breaches of its content policy. */
  readonly faults: readonly string[];
  /** From here on a failed request that matches, `401 /api/login` or `net::ERR_CONNECTION_REFUSED /api/health`, is no fault. */
  pardon(request: RegExp): void;
}

/** What a device has kept since an earlier visit to the page's origin. */
export interface Kept {
  readonly cookies: Parameters<BrowserContext['addCookies']>[0];
  readonly localStorage: Readonly<Record<string, string>>;
}

export interface TestBrowser {
  readonly browser: Browser;
  /** Opens `url` as somebody new on a device of this size, or come back to it; `options` go before those of the size. */
  visit(url: string, screen?: Screen, options?: BrowserContextOptions, kept?: Kept): Promise<Visit>;
  close(): Promise<void>;
}

/** What the fake camera sees: a JPEG, all the time, or a test pattern; `two` are two of those. */
export type Camera = { readonly photo: string } | 'pattern' | 'two' | 'none';

/** The Chromium with this camera that the test files of a process share; visits are strangers to each other. */
export const sharedBrowser = (camera: Camera): Promise<TestBrowser> =>
  shared(`browser ${JSON.stringify(camera)}`, () => launchBrowser(camera));

/**
 * Starts Chromium with a fake camera, or with none.
 * @throws when there is no browser: a suite that cannot look must not pass
 */
export async function launchBrowser(camera: Camera = 'pattern'): Promise<TestBrowser> {
  const directory = await mkdtemp(join(tmpdir(), 'relayhub-browser-'));
  const count = camera === 'none' ? '=device-count=0' : camera === 'two' ? '=device-count=2' : '';
  const args = [...chromiumFlags, `--use-fake-device-for-media-stream${count}`];
  if (typeof camera === 'object') {
    // A single JPEG is a motion JPEG of one frame, which Chromium plays in a loop.
    const film = join(directory, 'camera.mjpeg');
    await copyFile(camera.photo, film);
    args.push(`--use-file-for-fake-video-capture=${film}`);
  }
  const browser = await chromium.launch({ executablePath: await findChromium(), args });
  return {
    browser,
    visit: (url, screen = 'desktop', options = {}, kept) => visit(browser, url, { ...common, ...screens[screen], ...options }, kept),
    close: async () => {
      await browser.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function visit(browser: Browser, url: string, options: BrowserContextOptions, kept?: Kept): Promise<Visit> {
  const context = await browser.newContext(options);
  // Nor is anybody asked about notifications there.
  if (options.serviceWorkers === 'block') await context.addInitScript('delete globalThis.Notification');
  if (kept === undefined) return openTab(context, url);
  await context.addCookies(kept.cookies);
  // Playwright's own way, `storageState`, opens one more page for it.
  const remember = await context.addInitScript(
    ({ origin, entries }) => {
      if (location.origin === origin) for (const [key, value] of entries) localStorage.setItem(key, value);
    },
    { origin: new URL(url).origin, entries: Object.entries(kept.localStorage) },
  );
  const visit = await openTab(context, url);
  // Once: what the page forgets stays forgotten.
  await remember.dispose();
  return visit;
}

/** Opens `url` in one more tab of a profile. */
export async function openTab(context: BrowserContext, url: string): Promise<Visit> {
  const page = await context.newPage();
  const faults: string[] = [];
  // How a signed-out visitor finds out is not a fault.
  const pardons = [/^401 \/api\/token\/refresh$/];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const request = failedRequest(message);
    if (request === null || !pardons.some((pardon) => pardon.test(request))) faults.push(request ?? message.text());
  });
  await page.goto(url);
  return { context, page, faults, pardon: (request) => pardons.push(request) };
}

/** What the browser says of a request that failed, as `why path`; null for everything else in the console. */
function failedRequest(message: ConsoleMessage): string | null {
  const answer = /^Failed to load resource: (?:the server responded with a status of (\d+)|(net::\S+))/.exec(message.text());
  if (answer !== null) return `${answer[1] ?? answer[2]} ${new URL(message.location().url).pathname}`;
  const socket = /^WebSocket connection to '([^']+)' failed: (.*)$/.exec(message.text());
  return socket === null ? null : `${socket[2]} ${new URL(socket[1] ?? '').pathname}`;
}
