import type { IRequestStrict } from 'itty-router';
import * as v from 'valibot';
import { Refusal } from '../protocol/errors';
import { defaultPageSize, maxPageSize } from '../protocol/limits';
import { uuid } from '../protocol/text';
import { invalid } from './body';
import type { Caller } from './context';

/** What handlers get: the request with its path parameters. */
export type ApiRequest = IRequestStrict;

/**
 * An id in the path.
 *
 * @throws Refusal `not_found` when it is no UUID: nothing can have such an id.
 */
export function idParam(request: ApiRequest, name: string): string {
  const value = request.params[name];
  if (!v.is(uuid, value)) throw new Refusal('not_found');
  return value;
}

/**
 * The user a path speaks about: the caller, as `me` or by id.
 *
 * @throws Refusal `forbidden` for anybody else.
 */
export function ownUserParam(request: ApiRequest, caller: Caller, name = 'user_id'): string {
  const value = request.params[name];
  if (value !== 'me' && value !== caller.userId) throw new Refusal('forbidden');
  return caller.userId;
}

/** A query parameter, the first if repeated; `null` when absent. */
export function queryParam(request: Request, name: string): string | null {
  return new URL(request.url).searchParams.get(name);
}

/**
 * `?cursor=&limit=` of a paged call; cursors are opaque here.
 *
 * @throws Refusal `invalid` when `limit` is not a whole number from 1 to `maxLimit`.
 */
export function pageParams(
  request: Request,
  maxLimit = maxPageSize,
  defaultLimit = defaultPageSize,
): { cursor: string | null; limit: number } {
  const text = queryParam(request, 'limit');
  const limit = text === null ? defaultLimit : /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > maxLimit) throw invalid([{ path: 'limit', message: `must be a whole number from 1 to ${maxLimit}` }]);
  return { cursor: queryParam(request, 'cursor'), limit };
}
