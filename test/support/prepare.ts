import { buildWorker } from '../../scripts/lib/steps.mjs';
import { provideAssets } from './assets';
import { provideFreshState } from './server';

/** Once before all files of a suite that starts deployments: each would bundle the Worker and migrate a directory anew. */
export default async function prepare(): Promise<void> {
  await provideAssets();
  await buildWorker();
  await provideFreshState();
}
