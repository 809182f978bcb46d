/**
 * The stable error codes of REST problems and socket `error` events (spec section 1),
 * with the HTTP status and title each has. Codes never change meaning; titles may be reworded.
 */
export const problems = {
  unauthenticated: { status: 401, title: 'Sign in first' },
  token_expired: { status: 401, title: 'The access token has expired' },
  session_ended: { status: 401, title: 'This session has ended' },
  bad_credentials: { status: 401, title: 'Wrong username or password' },
  wrong_password: { status: 401, title: 'Wrong password' },
  forbidden: { status: 403, title: 'Not allowed' },
  banned: { status: 403, title: 'This account is banned' },
  role_required: { status: 403, title: 'Your role does not allow this' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Not possible in the present state' },
  username_taken: { status: 409, title: 'This username is taken' },
  already_opened: { status: 409, title: 'Already opened' },
  media_used: { status: 409, title: 'This medium is already in a message' },
  id_reused: { status: 409, title: 'This id is already in use' },
  last_owner: { status: 409, title: 'The last owner cannot do this' },
  message_gone: { status: 410, title: 'This message is gone' },
  lease_over: { status: 410, title: 'The time to open this is over' },
  edit_window_over: { status: 410, title: 'Too late to edit' },
  too_large: { status: 413, title: 'Too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported type' },
  invalid: { status: 422, title: 'Invalid input' },
  weak_password: { status: 422, title: 'This password is too easy to guess' },
  media_not_ready: { status: 422, title: 'This medium is not ready' },
  media_damaged: { status: 422, title: 'This file is damaged or not what it claims to be' },
  room_full: { status: 422, title: 'This chat is full' },
  too_many_reactions: { status: 422, title: 'Too many reactions' },
  edits_used_up: { status: 422, title: 'No edits left' },
  sealed: { status: 422, title: 'Open it first' },
  rate_limited: { status: 429, title: 'Too many requests' },
  unavailable: { status: 503, title: 'Try again in a moment' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof problems;

/** One field of a body that did not validate: a path like `member_ids.3` and what is wrong with it. */
export interface FieldError {
  path: string;
  message: string;
}

/**
 * A refusal the caller is meant to see. The only error whose words reach a client;
 * everything else becomes `unavailable` without detail.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  readonly fields: FieldError[];
  /** Milliseconds until trying again can succeed; for `rate_limited` and `unavailable`. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, detail?: string, options: { fields?: FieldError[]; retryAfterMs?: number } = {}) {
    super(detail ?? problems[code].title);
    this.code = code;
    this.fields = options.fields ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }
}
