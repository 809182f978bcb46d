import * as v from 'valibot';
import { type FieldError, problems } from '../../src/protocol/errors';
import { problem } from '../../src/protocol/rest';

/** A call that failed. `code` is one of spec section 1, or `offline` (no answer came) or `unexpected` (an answer nobody planned). */
export class WireProblem extends Error {
  override readonly name = 'WireProblem';
  readonly code: string;
  readonly fields: FieldError[];
  /** Milliseconds until trying again can succeed, when the server said so. */
  readonly retryAfterMs: number | null;

  constructor(code: string, detail: string, fields: FieldError[] = [], retryAfterMs: number | null = null) {
    super(detail);
    this.code = code;
    this.fields = fields;
    this.retryAfterMs = retryAfterMs;
  }
}

export const offlineProblem = () => new WireProblem('offline', 'No answer from RelayHub');

/** Reads the problem of an answer that is not 2xx; `body` is whatever JSON came, or undefined. */
export function toProblem(status: number, body: unknown, retryAfter: string | null): WireProblem {
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : null;
  const parsed = v.safeParse(problem, body);
  if (parsed.success) return new WireProblem(parsed.output.code, parsed.output.detail, parsed.output.errors, retryAfterMs);
  if (status === 429) return new WireProblem('rate_limited', problems.rate_limited.title, [], retryAfterMs);
  if (status >= 500) return new WireProblem('unavailable', problems.unavailable.title, [], retryAfterMs);
  return new WireProblem('unexpected', `RelayHub answered ${status}`);
}
