import type { Environment } from 'vitest/runtime';

/** What a process of the tests has started for all of its files, by what tells them apart. */
type Started = Map<string, Promise<{ close(): Promise<void> }>>;

declare global {
  var startedForAllFiles: Started | undefined;
}

/**
 * Vitest runs many files in one process. What takes seconds to start is started once in each, and closed here, after the last:
 * a server and a browser of their own would be half of what most files cost.
 */
export default {
  name: 'sharing',
  viteEnvironment: 'ssr',
  setup() {
    const started: Started = new Map();
    globalThis.startedForAllFiles = started;
    return {
      async teardown() {
        await Promise.allSettled([...started.values()].map(async (it) => (await it).close()));
      },
    };
  },
} satisfies Environment;

/**
 * What `start` made when the first file of this process asked for this `key`.
 * Nobody who gets it closes it, or leaves it other than it was.
 */
export function shared<T extends { close(): Promise<void> }>(key: string, start: () => Promise<T>): Promise<T> {
  const started = globalThis.startedForAllFiles;
  if (started === undefined) throw new Error('Only suites with the environment of sharing.ts share anything');
  const known = started.get(key);
  // By its key it is what `start` of this same caller made.
  if (known !== undefined) return known as Promise<T>;
  const made = start();
  started.set(key, made);
  return made;
}
