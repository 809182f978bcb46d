import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import sparticuz from '@sparticuz/chromium';

const systemBrowsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];

/** No sandbox for CI's root, and no traffic but our own. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * CHROME_PATH, else the system's, else the one that comes as a package.
 * @returns {Promise<string>}
 */
export async function findChromium() {
  const chosen = process.env.CHROME_PATH;
  if (chosen) return chosen;
  for (const path of systemBrowsers) {
    if (await isExecutable(path)) return path;
  }
  return sparticuz.executablePath();
}

/** @param {string} path */
function isExecutable(path) {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
