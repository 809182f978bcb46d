/** A lease's name: which chat it is of, and 256 random bits [ONCE-6]. */
export function newLease(chatId: string): string {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const text = btoa(String.fromCharCode(...random))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  return `${chatId.replaceAll('-', '')}.${text}`;
}

/** The chat a lease is of, or null for what is no lease's name. */
export function chatOfLease(lease: string): string | null {
  const [, a, b, c, d, e] = lease.match(/^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})\.[A-Za-z0-9_-]{43}$/) ?? [];
  return a === undefined ? null : [a, b, c, d, e].join('-');
}
