import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, defineConfig, type Plugin } from 'vite';

const built = join(import.meta.dirname, 'dist/web');

/** Paths of the built files, as the page asks for them; the page itself is `/`. */
function builtFiles(): string[] {
  const names = readdirSync(built, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(built.length));
  return names
    .filter((name) => name !== '/sw.js')
    .map((name) => (name === '/index.html' ? '/' : name))
    .sort();
}

function versionOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(built, file === '/' ? 'index.html' : file)));
  return hash.digest('hex').slice(0, 16);
}

/** Builds the service worker last, as one script that knows every other file by its name: `/sw.js`. */
const serviceWorker: Plugin = {
  name: 'service-worker',
  async closeBundle() {
    const files = builtFiles();
    await build({
      configFile: false,
      logLevel: 'warn',
      root: 'web',
      publicDir: false,
      define: { BUILT: JSON.stringify({ version: versionOf(files), files }) },
      build: {
        outDir: built,
        emptyOutDir: false,
        target: 'es2022',
        rollupOptions: { input: 'web/sw/service-worker.ts', output: { entryFileNames: 'sw.js', format: 'iife' } },
      },
    });
  },
};

/** The client: `web/` → `dist/web`, served by the Worker as assets under a CSP without `unsafe-*` and without `data:`. */
export default defineConfig({
  root: 'web',
  plugins: [serviceWorker],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // All of them know light-dark(); what takes its place for older ones cannot be turned dark for a part of the page.
    cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
    // Inlined assets would be data: URLs, which the CSP refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
