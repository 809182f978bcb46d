import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Suites that start servers and browsers: their files share those of their process, and stay apart by their own users and rooms. */
const sharing = {
  isolate: false,
  environment: join(import.meta.dirname, 'test/support/sharing.ts'),
  hookTimeout: 120_000,
  // Tests that are concurrent in their file do little but wait.
  maxConcurrency: 40,
};

/** For objects in plain Node: their migrations are text, as in the bundle. */
const objectsInNode = {
  name: 'objects-in-node',
  load: (id: string) => (id.endsWith('.sql') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : undefined),
};

export default defineConfig({
  test: {
    // The machines that matter have two cores.
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 10_000 } },
      {
        extends: true,
        plugins: [objectsInNode],
        resolve: { alias: { 'cloudflare:workers': join(import.meta.dirname, 'test/fuzz/simulation/cloudflare-workers.ts') } },
        test: {
          name: 'fuzz',
          include: ['test/fuzz/**/*.test.ts'],
          setupFiles: ['test/fuzz/simulation/setup.ts'],
          testTimeout: 600_000,
        },
      },
      { extends: true, test: { ...sharing, name: 'worker', include: ['test/worker/**/*.test.ts'], testTimeout: 60_000 } },
      { extends: true, test: { ...sharing, name: 'hostile', include: ['test/hostile/**/*.test.ts'], testTimeout: 60_000 } },
      // Figures, for `npm run bench:page`: they belong to no suite of `npm test`, and each has the machine for itself.
      {
        extends: true,
        test: {
          ...sharing,
          name: 'bench',
          include: ['bench/page/*.bench.ts'],
          testTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      { extends: true, test: { ...sharing, name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 180_000 } },
    ],
  },
});
