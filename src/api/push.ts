import { sessionAbsoluteMs, sessionIdleMs } from '../auth/refresh-tokens';
import { recogniseSession } from '../auth/sessions';
import { findSession } from '../directory/sessions';
import { findUser, settingsOf } from '../directory/users';
import { inboxOf } from '../objects';
import { Refusal } from '../protocol/errors';
import { pushBody } from '../protocol/rest';
import { isPushEndpoint } from '../push/endpoint';
import { arePushKeys } from '../push/request';
import { invalid, readBody } from './body';
import type { ApiContext } from './context';
import { countCall } from './limits';
import { type ApiRequest, idParam } from './params';
import { readRefreshCookie } from './refresh-cookie';
import { type ApiRouter, json } from './router';

/** Whether, and where, the device of the calling session is told by push [INBOX-5]. */
export function pushRoutes(router: ApiRouter): void {
  router.put('/api/users/me/push', subscribe);
  router.delete('/api/users/me/push', unsubscribe);
  router.get('/api/push/:chat_id', tellWho);
}

async function subscribe(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { config, directory } = context;
  const { userId, sessionId } = await context.caller();
  const { endpoint, keys } = await readBody(request, pushBody);
  if (config.push === null) throw new Refusal('conflict', 'This deployment tells nobody by push.');
  if (!isPushEndpoint(endpoint, config.isLocal)) throw invalid([{ path: 'endpoint', message: 'is no push service' }]);
  if (!(await arePushKeys(keys))) throw invalid([{ path: 'keys', message: 'are no keys of a push subscription' }]);
  await countCall(context, 'push', userId);
  const session = await findSession(directory, sessionId);
  const now = context.now();
  const endsAt = Math.min(now + sessionIdleMs, (session?.created_at ?? now) + sessionAbsoluteMs);
  const isAlive = await inboxOf(context.env, userId).subscribePush({ sid: sessionId, userId, subscription: { endpoint, keys }, endsAt });
  if (!isAlive) throw new Refusal('session_ended');
  return new Response(null, { status: 204 });
}

async function unsubscribe(_request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId, sessionId } = await context.caller();
  await inboxOf(context.env, userId).unsubscribePush(sessionId);
  return new Response(null, { status: 204 });
}

/**
 * Who wrote, for a notification of a device on which no page is open: a service worker has no access token, and spending the
 * refresh token there could cost the session when the answer is lost. So this one call goes by the cookie alone and spends
 * nothing. `204` unless the user wants names to be shown, and where nothing is unread.
 */
async function tellWho(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { directory, env } = context;
  const chatId = idParam(request, 'chat_id');
  const session = await recogniseSession(directory, readRefreshCookie(request) ?? '', context.now());
  if (session === null) throw new Refusal('unauthenticated');
  const inbox = inboxOf(env, session.userId);
  if (!(await inbox.isSessionAlive(session.sessionId))) throw new Refusal('session_ended');
  await countCall(context, 'push_name', session.userId);
  const user = await findUser(directory, session.userId);
  const names = user !== null && settingsOf(user).push_shows === 'name' ? await inbox.pushNames(chatId) : null;
  return names === null ? new Response(null, { status: 204 }) : json(names);
}
