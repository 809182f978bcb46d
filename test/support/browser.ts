import { constants } from 'node:fs';
import { access, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sparticuz from '@sparticuz/chromium';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, devices, type Page } from 'playwright-core';

const systemBrowsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];

/** No sandbox for CI's root, and no traffic but the tests' own. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

/** The sizes everything is looked at. */
export const screens = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { ...devices['Pixel 7'] },
} as const satisfies Record<string, BrowserContextOptions>;
export type Screen = keyof typeof screens;

/** One page of a profile nobody used before. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What went wrong in the page: uncaught errors, console errors, breaches of its content policy. */
  readonly faults: readonly string[];
}

export interface TestBrowser {
  readonly browser: Browser;
  /** Opens `url` as somebody new on a device of this size. */
  visit(url: string, screen?: Screen): Promise<Visit>;
  close(): Promise<void>;
}

/**
 * Starts Chromium with a fake camera.
 * @param cameraPhoto a JPEG the camera sees all the time; without one it sees a test pattern
 * @throws when there is no browser: a suite that cannot look must not pass
 */
export async function launchBrowser(cameraPhoto?: string): Promise<TestBrowser> {
  const directory = await mkdtemp(join(tmpdir(), 'relayhub-browser-'));
  const args = [...flags];
  if (cameraPhoto !== undefined) {
    // A single JPEG is a motion JPEG of one frame, which Chromium plays in a loop.
    const film = join(directory, 'camera.mjpeg');
    await copyFile(cameraPhoto, film);
    args.push(`--use-file-for-fake-video-capture=${film}`);
  }
  const browser = await chromium.launch({ executablePath: await findChromium(), args });
  return {
    browser,
    visit: (url, screen = 'desktop') => visit(browser, url, screen),
    close: async () => {
      await browser.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** CHROME_PATH, else the system's, else the one that comes as a package. */
async function findChromium(): Promise<string> {
  const chosen = process.env.CHROME_PATH;
  if (chosen) return chosen;
  for (const path of systemBrowsers) {
    if (await isExecutable(path)) return path;
  }
  return sparticuz.executablePath();
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function visit(browser: Browser, url: string, screen: Screen): Promise<Visit> {
  const context = await browser.newContext(screens[screen]);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    // How a signed-out visitor finds out is not a fault.
    const isSignedOut = message.location().url.endsWith('/api/token/refresh') && message.text().includes('401');
    if (message.type() === 'error' && !isSignedOut) faults.push(message.text());
  });
  await page.goto(url);
  return { context, page, faults };
}
