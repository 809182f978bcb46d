import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Suites that start servers and browsers: their files share those of their process, and stay apart by their own users and rooms. */
const sharing = {
  isolate: false,
  environment: join(import.meta.dirname, 'test/support/sharing.ts'),
  globalSetup: [join(import.meta.dirname, 'test/support/prepare.ts')],
  hookTimeout: 120_000,
  // Tests that are concurrent in their file mostly wait; all of them at once would make each other late.
  maxConcurrency: 8,
};

/** The same, with a browser. */
const browsing = { ...sharing, globalSetup: [...sharing.globalSetup, join(import.meta.dirname, 'test/support/prepare-browser.ts')] };

/** For objects in plain Node: their migrations are text, as in the bundle. */
const objectsInNode = {
  name: 'objects-in-node',
  load: (id: string) => (id.endsWith('.sql') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : undefined),
};

/** Files that take long whatever their size, and those that mostly wait: beside these others can work. */
const longest = [
  'room-fuzz',
  'cost',
  'push-crash',
  'crash',
  'media-storm',
  'list-fuzz',
  'push',
  'resume',
  'outbox',
  'audit',
  'sleep',
  'looks',
  'scrolling',
  'keeping',
  'media',
  'pictures',
  'talking',
];

/** Of those that run together, what waits before what works: begun last, it would be all that runs. */
const suites = ['fuzz', 'unit', 'worker', 'hostile'];

/** Begins with the files that take longest, which on a fresh clone nothing else knows: begun last, one of them would be all that runs. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = longest.indexOf(basename(moduleId, '.test.ts'));
      return index === -1 ? longest.length : index;
    };
    const sorted = await super.sort(files);
    const place = ({ project }: TestSpecification) => suites.indexOf(project.name);
    return sorted.sort((a, b) => place(a) - place(b) || rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    // The machines that matter have two cores; suites that wait much of the time have more processes.
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
      {
        extends: true,
        test: {
          ...sharing,
          name: 'worker',
          include: ['test/worker/**/*.test.ts'],
          testTimeout: 120_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...sharing,
          name: 'hostile',
          include: ['test/hostile/**/*.test.ts'],
          testTimeout: 120_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      // Figures, for `npm run bench:page`: they belong to no suite of `npm test`, and each has the machine for itself.
      {
        extends: true,
        test: {
          ...browsing,
          name: 'bench',
          include: ['bench/page/*.bench.ts'],
          testTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          ...browsing,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 180_000,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
