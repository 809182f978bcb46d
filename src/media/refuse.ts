import type { ErrorCode } from '../protocol/errors';
import type { Result } from '../result';

/** A refusal as a value, in words that its uploader will read. */
export function refuse(code: ErrorCode, detail: string): Result<never> {
  return { ok: false, code, detail, fields: [], retryAfterMs: null };
}
