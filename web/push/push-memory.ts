/** What the user of this device has answered when asked whether they want to be told. Goes when they sign out. */
export interface PushMemory {
  /** null while they were not asked. */
  answer(): 'on' | 'declined' | null;
  remember(answer: 'on' | 'declined'): void;
}

const key = 'relayhub.push';

export const storedPushMemory: PushMemory = {
  answer() {
    try {
      const value = localStorage.getItem(key);
      return value === 'on' || value === 'declined' ? value : null;
    } catch {
      // Where nothing can be remembered, nobody is asked again and again.
      return 'declined';
    }
  },
  remember(answer) {
    try {
      localStorage.setItem(key, answer);
    } catch {
      // Asked again on the next visit.
    }
  },
};

/** Nobody is signed in: this device is told nothing more, and shows nothing of what it was told. */
export async function forgetPush(): Promise<void> {
  try {
    localStorage.removeItem(key);
    const registration = await navigator.serviceWorker?.getRegistration();
    for (const notice of (await registration?.getNotifications?.()) ?? []) notice.close();
    const subscription = await registration?.pushManager?.getSubscription();
    await subscription?.unsubscribe();
  } catch {
    // What the browser keeps from us tells nobody anything.
  }
}
