/** What the tabs of one sign-in must know of each other. */
export interface Tabs {
  /** This tab's name. */
  readonly id: string;
  /** Runs `work` once this is the tab that looks after what others left behind: one of all is, until it is closed. */
  whenLeading(work: () => void): void;
  /** Runs `work` once the tab of that name is closed, at once where it is already. */
  whenGone(tabId: string, work: () => void): void;
  /** Tells the other tabs that something has changed. */
  tell(): void;
  /** Calls `listener` when another tab has told so. */
  onTold(listener: () => void): void;
  close(): void;
}

/**
 * The tabs of this browser in which one user is signed in. A tab holds a lock of its name for as long as it lives, however it ends;
 * where there are no locks, each tab is alone.
 */
export function openBrowserTabs(userId: string, id: string): Tabs {
  const name = `relayhub-${userId}`;
  const closing = new AbortController();
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(name) : null;
  const locks = 'locks' in navigator ? navigator.locks : null;
  const untilClosed = new Promise<void>((resolve) => closing.signal.addEventListener('abort', () => resolve()));
  /** Runs `work` with the lock; `keeps` it until this tab is closed. */
  const withLock = (lock: string, keeps: boolean, work: () => void) => {
    if (locks === null) return work();
    const held = () => {
      if (closing.signal.aborted) return;
      work();
      return keeps ? untilClosed : undefined;
    };
    // Called off while it waits: that is what closing does.
    locks.request(`${name}/${lock}`, { signal: closing.signal }, held).catch(() => {});
  };
  withLock(id, true, () => {});
  return {
    id,
    whenLeading: (work) => withLock('leader', true, work),
    whenGone: (tabId, work) => withLock(tabId, false, work),
    tell: () => channel?.postMessage(null),
    onTold: (listener) => channel?.addEventListener('message', listener),
    close() {
      closing.abort();
      channel?.close();
    },
  };
}
