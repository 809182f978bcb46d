import { buildWorker } from '../../scripts/lib/steps.mjs';
import { provideAssets } from './assets';

/** Once before all files of a suite that starts deployments: each would bundle the Worker anew. */
export default async function prepare(): Promise<void> {
  await provideAssets();
  await buildWorker();
}
