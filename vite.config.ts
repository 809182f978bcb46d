import { defineConfig } from 'vite';

/** The client: `web/` → `dist/web`, served by the Worker as assets under a CSP without `unsafe-*` and without `data:`. */
export default defineConfig({
  root: 'web',
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
