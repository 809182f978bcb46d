/** What the browser does about push, and about what it shows. */
export interface BrowserPush {
  readonly isSupported: boolean;
  permission(): NotificationPermission;
  /** Asks the user, in answer to something they did. */
  ask(): Promise<NotificationPermission>;
  /** By which key this device is subscribed, and how it is reached; null while it is not. */
  current(): Promise<Subscribed | null>;
  subscribe(key: string): Promise<Subscribed>;
  unsubscribe(): Promise<void>;
  /** Ids of the chats that notifications are shown of. */
  shown(): Promise<readonly string[]>;
  close(chatIds: readonly string[]): Promise<void>;
}

export interface Subscribed {
  readonly key: string;
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

export function browserPush(): BrowserPush {
  const notices = async () => (await (await registered())?.getNotifications()) ?? [];
  return {
    isSupported: 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis,
    permission: () => Notification.permission,
    ask: () => Notification.requestPermission(),
    async current() {
      const subscription = await (await registered())?.pushManager.getSubscription();
      return subscription === null || subscription === undefined ? null : read(subscription);
    },
    async subscribe(key) {
      const { pushManager } = await navigator.serviceWorker.ready;
      return read(await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
    },
    async unsubscribe() {
      const subscription = await (await registered())?.pushManager.getSubscription();
      await subscription?.unsubscribe();
    },
    shown: async () => (await notices()).map(({ tag }) => tag),
    async close(chatIds) {
      for (const notice of await notices()) if (chatIds.includes(notice.tag)) notice.close();
    },
  };
}

function registered(): Promise<ServiceWorkerRegistration | undefined> {
  return 'serviceWorker' in navigator ? navigator.serviceWorker.getRegistration() : Promise.resolve(undefined);
}

function read(subscription: PushSubscription): Subscribed {
  const { applicationServerKey } = subscription.options;
  return {
    key: base64url(applicationServerKey),
    endpoint: subscription.endpoint,
    keys: { p256dh: base64url(subscription.getKey('p256dh')), auth: base64url(subscription.getKey('auth')) },
  };
}

function base64url(bytes: ArrayBuffer | null): string {
  const characters = String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer()));
  return btoa(characters).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
