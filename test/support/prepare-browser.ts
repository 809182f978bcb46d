import { findChromium } from '../../scripts/lib/chromium.mjs';

/** Once before all files that open a page: of processes that unpack the browser at once, one would start half of it. */
export default async function prepareBrowser(): Promise<void> {
  await findChromium();
}
