const encoder = new TextEncoder();

/**
 * The id of the direct chat of two users: derived from the sorted pair, so that it cannot be made twice.
 * A version 8 UUID of a SHA-256.
 */
export async function directChatId(userId: string, otherId: string): Promise<string> {
  const pair = [userId, otherId].sort().join(':');
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(`relayhub:direct:${pair}`))).slice(0, 16);
  digest.set([((digest[6] ?? 0) & 0x0f) | 0x80], 6);
  digest.set([((digest[8] ?? 0) & 0x3f) | 0x80], 8);
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
