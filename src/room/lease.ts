/** A lease's name: which chat it is of, when it ends, and 256 random bits [ONCE-6]. */
export function newLease(chatId: string, endsAt: number): string {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const text = btoa(String.fromCharCode(...random))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  return `${chatId.replaceAll('-', '')}.${endsAt}.${text}`;
}

const leasePattern = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})\.(\d{1,15})\.[A-Za-z0-9_-]{43}$/;

/** The chat a lease is of, and when it says that it ends; null for what is no lease's name. Anybody can make a name up: it proves nothing. */
export function parseLease(lease: string): { readonly chatId: string; readonly endsAt: number } | null {
  const [, a, b, c, d, e, endsAt] = lease.match(leasePattern) ?? [];
  return a === undefined ? null : { chatId: [a, b, c, d, e].join('-'), endsAt: Number(endsAt) };
}
