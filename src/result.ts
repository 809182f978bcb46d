import { type ErrorCode, type FieldError, Refusal } from './protocol/errors';

/**
 * How an object answers the Worker. An exception that crosses an RPC boundary loses its class,
 * so refusals travel as values; only faults are thrown.
 */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly detail: string;
      readonly fields: FieldError[];
      readonly retryAfterMs: number | null;
    };

/** Runs `work`, turning a Refusal into a value. Other errors pass through. */
export async function toResult<T>(work: () => T | Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, code: error.code, detail: error.message, fields: error.fields, retryAfterMs: error.retryAfterMs ?? null };
  }
}

/** @throws Refusal when the object refused. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  const { code, detail, fields, retryAfterMs } = result;
  throw new Refusal(code, detail, retryAfterMs === null ? { fields } : { fields, retryAfterMs });
}
