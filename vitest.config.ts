import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** For objects in plain Node: their migrations are text, as in the bundle. */
const objectsInNode = {
  name: 'objects-in-node',
  load: (id: string) => (id.endsWith('.sql') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : undefined),
};

export default defineConfig({
  test: {
    // The machines that matter have two cores, and every worker file starts a workerd of its own.
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
      { extends: true, test: { name: 'worker', include: ['test/worker/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 120_000 } },
      { extends: true, test: { name: 'hostile', include: ['test/hostile/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 120_000 } },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
