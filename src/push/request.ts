import { encryptNotification } from '@block65/webcrypto-web-push';
import { importJWK, SignJWT } from 'jose';
import type { PushConfig } from '../config';

/** Where a device is reached, as its browser says. */
export interface PushSubscription {
  readonly endpoint: string;
  /** Base64url: a P-256 point of 65 bytes, and 16 bytes that only the device and we know. */
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/**
 * What a push says: that there is something new in a chat, or no more. Both are of one length, so that nobody on the way can
 * tell them apart by it.
 */
export interface PushNews {
  readonly type: 'message' | 'nothing';
  readonly chat_id: string;
}

/** RFC 8292 allows a day. */
const tokenLifeMs = 12 * 60 * 60 * 1000;
const topicLength = 24;

/** [INBOX-5] The request that pushes `news`: encrypted to the device (RFC 8291), signed for its push service (RFC 8292). */
export async function pushRequest(
  { origin, key, publicKey }: PushConfig,
  subscription: PushSubscription,
  news: PushNews,
  { ttlSeconds, now }: { ttlSeconds: number; now: number },
): Promise<Request> {
  const [token, body, topic] = await Promise.all([
    signToken(key, new URL(subscription.endpoint).origin, origin, now),
    encryptNotification({ ...subscription, expirationTime: null }, new TextEncoder().encode(JSON.stringify(news)), { pad: false }),
    topicOf(subscription, news.chat_id),
  ]);
  return new Request(subscription.endpoint, {
    method: 'POST',
    headers: {
      authorization: `vapid t=${token}, k=${publicKey}`,
      'content-encoding': 'aes128gcm',
      'content-type': 'application/octet-stream',
      ttl: String(ttlSeconds),
      topic,
      // Nobody is to be woken by what is over.
      urgency: news.type === 'message' ? 'high' : 'normal',
    },
    body,
    // A push service answers by itself: following it elsewhere would let it choose whom we call.
    redirect: 'manual',
  });
}

async function signToken(key: PushConfig['key'], audience: string, subject: string, now: number): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
    .setAudience(audience)
    .setSubject(subject)
    .setExpirationTime(new Date(now + tokenLifeMs))
    .sign(await importJWK({ ...key }, 'ES256'));
}

/**
 * By it the push service replaces what it has not delivered of the same chat. Keyed by the device's own secret, which the
 * service does not know: it cannot tell whether two devices are in one chat.
 */
async function topicOf({ keys }: PushSubscription, chatId: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', bytesOf(keys.auth), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const digest = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`topic ${chatId}`));
  return base64url(new Uint8Array(digest)).slice(0, topicLength);
}

/** Whether they are a point of the curve and a secret as RFC 8291 asks for: what is not would fail at every push. */
export async function arePushKeys({ p256dh, auth }: PushSubscription['keys']): Promise<boolean> {
  try {
    const point = bytesOf(p256dh);
    if (point.length !== 65 || bytesOf(auth).length !== 16) return false;
    await crypto.subtle.importKey('raw', point, { name: 'ECDH', namedCurve: 'P-256' }, false, []);
    return true;
  } catch {
    return false;
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
