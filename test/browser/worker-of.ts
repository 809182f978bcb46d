import type { Worker } from 'playwright-core';
import type { Visitor } from './visitor';

/** The page's service worker, once it answers for the page and has what the page is made of. */
export async function workerOf(visitor: Visitor): Promise<Worker> {
  await visitor.page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (navigator.serviceWorker.controller === null) await new Promise((resolve) => setTimeout(resolve, 25));
  });
  const [worker] = visitor.context.serviceWorkers();
  if (worker === undefined) throw new Error('There is no service worker');
  return worker;
}
