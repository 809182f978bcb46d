import { Router } from 'itty-router';
import type { Env } from '../config';
import { Refusal } from '../protocol/errors';
import { type ApiContext, createContext } from './context';
import type { ApiRequest } from './params';
import { answerError, problemAnswer } from './problems';

export type ApiHandler = (request: ApiRequest, context: ApiContext) => Response | Promise<Response>;
type AddRoute = (path: string, handler: ApiHandler) => unknown;

/** What a resource's file registers its calls on. Narrower than itty-router's own type, which lets anything through. */
export interface ApiRouter {
  readonly get: AddRoute;
  readonly post: AddRoute;
  readonly put: AddRoute;
  readonly patch: AddRoute;
  readonly delete: AddRoute;
}

/** Answers one API request. Never throws. */
export type Api = (request: Request, env: Env, executionCtx: ApiContext['executionCtx']) => Promise<Response>;

/** The API made of the given resources. What no route answers is `404`, or `405` when another method would have one. */
export function createApi(...resources: ((router: ApiRouter) => void)[]): Api {
  const router = Router<ApiRequest, [ApiContext], Response>();
  for (const register of resources) register(router);

  function answerUnmatched(request: Request): Response {
    const { pathname } = new URL(request.url);
    const methods = router.routes.filter(([, pattern]) => pattern.test(pathname)).map(([method]) => method);
    if (methods.length === 0) return problemAnswer(new Refusal('not_found', 'There is no such call.'));
    const answer = problemAnswer(new Refusal('method_not_allowed'));
    answer.headers.set('allow', [...new Set(methods)].join(', '));
    return answer;
  }

  return async (request, env, executionCtx) => {
    // itty-router writes the matched pattern to the request; kept here because its `catch` hook would get only Errors typed as its own.
    const routed: Request & { route?: string } = request;
    try {
      return (await router.fetch(routed, createContext(request, env, executionCtx))) ?? answerUnmatched(request);
    } catch (error) {
      return answerError(error, request.method, routed.route ?? 'none');
    }
  };
}

/** A JSON answer. */
export function json(body: unknown, status = 200, headers: HeadersInit = {}): Response {
  return Response.json(body, { status, headers });
}
