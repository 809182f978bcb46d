import { Drafts } from './drafts/drafts';
import { forgetPush } from './push/push-memory';
import { openBrowserTabs } from './unsent/tabs';
import { Unsent } from './unsent/unsent';
import type { UnsentLine } from './unsent/unsent-line';
import { openDeviceVault, wipeDevice } from './vault/device-vault';
import type { Platform } from './wire/platform';

/** [SYNC-5] What outlives the page: what the user wrote and no server has yet. */
export interface Keeping {
  readonly unsent: Unsent;
  readonly drafts: Drafts;
  close(): void;
}

/** One after the other: what a user signed out of must be gone before another's is opened. */
let lastStep: Promise<unknown> = Promise.resolve();

/** @param adopt sends a line that the tab it was written in has left behind */
export function openKeeping(userId: string, platform: Platform, adopt: (line: UnsentLine) => void): Keeping {
  const vault = lastStep.then(() => openDeviceVault(userId));
  lastStep = vault;
  const tabs = openBrowserTabs(userId, platform.newId());
  const drafts = new Drafts(vault, tabs, platform);
  const unsent = new Unsent(vault, tabs, adopt);
  const flush = () => drafts.flush();
  // The last moment that every browser tells of before it may end a page.
  document.addEventListener('visibilitychange', flush);
  addEventListener('pagehide', flush);
  return {
    unsent,
    drafts,
    close() {
      document.removeEventListener('visibilitychange', flush);
      removeEventListener('pagehide', flush);
      drafts.close();
      tabs.close();
      void vault.then((opened) => opened.close());
    },
  };
}

/** Nobody is signed in: nothing of anybody stays on this device. */
export function forgetEverything(): void {
  lastStep = Promise.all([lastStep.then(wipeDevice), forgetPush()]);
}
