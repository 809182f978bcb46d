/** Why the server closed a socket [SOCK-3]; the client decides by them whether to come back. */
export const closeCodes = {
  /** Malformed, or ten bad frames in a row. */
  malformed: 4400,
  /** Token missing or expired, or the session ended: refresh and try once. */
  unauthenticated: 4401,
  /** Not allowed, or removed from the chat: stop. */
  forbidden: 4403,
  /** No such chat for this user: stop. */
  notFound: 4404,
  /** Too slow a reader: back off. */
  tooSlow: 4408,
  /** Gave way to a newer socket of the same user: offer "Use here". */
  tooManySockets: 4409,
  frameTooLarge: 4413,
  /** The protocol `relayhub.v1` was not asked for. */
  protocolNotSpoken: 4426,
  /** Too many frames: back off. */
  tooManyFrames: 4429,
} as const;

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes];

/** The subprotocol both ends speak. */
export const subprotocol = 'relayhub.v1';
/** Prefix of the subprotocol entry that carries the access token, since browsers cannot set headers. */
export const bearerSubprotocolPrefix = 'bearer.';
