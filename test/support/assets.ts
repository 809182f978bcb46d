import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

const page = '<!doctype html><title>RelayHub</title><p>The client is not built: run npm start.';

/** The Worker does not start without its assets directory; tests of the server need no built client. */
export async function provideAssets(): Promise<void> {
  const directory = join(root, 'dist/web');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'index.html'), page, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
