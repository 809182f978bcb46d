import { loadPasswords } from '../auth/argon2';
import { isCommonPassword } from '../auth/common-passwords';
import { saltBytes } from '../auth/passwords';
import { sessionIdleMs } from '../auth/refresh-tokens';
import { findLiveSessions, findSession } from '../directory/sessions';
import { findUser, replacePasswordHash } from '../directory/users';
import { Refusal } from '../protocol/errors';
import { changePasswordBody } from '../protocol/rest';
import { readBody } from './body';
import type { ApiContext } from './context';
import { type ApiRequest, idParam } from './params';
import { type ApiRouter, json } from './router';
import { endSession } from './sessions';

/** One's own password and sessions [AUTH-4]. */
export function accountRoutes(router: ApiRouter): void {
  router.post('/api/users/me/password', changePassword);
  router.get('/api/users/me/sessions', listSessions);
  router.delete('/api/users/me/sessions/:id', revokeSession);
}

/** [AUTH-4] Ends every other session. Whatever fails half-way, asking again with the new password as the current one finishes it. */
async function changePassword(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId, sessionId } = await context.caller();
  const body = await readBody(request, changePasswordBody);
  const user = await findUser(context.directory, userId);
  if (user === null) throw new Refusal('unauthenticated');
  const passwords = loadPasswords();
  if (!passwords.verify(user.password_hash, body.current_password)) throw new Refusal('wrong_password');
  if (await isCommonPassword(body.new_password)) {
    throw new Refusal('weak_password', undefined, { fields: [{ path: 'new_password', message: 'is among the most common ones' }] });
  }
  const renewed = passwords.hash(body.new_password, context.randomBytes(saltBytes));
  if (!(await replacePasswordHash(context.directory, userId, { from: user.password_hash, to: renewed }))) {
    throw new Refusal('conflict', 'The password was changed elsewhere a moment ago.');
  }
  const others = (await liveSessions(context, userId)).filter((session) => session.id !== sessionId);
  await Promise.all(others.map((session) => endSession(context, { userId, sessionId: session.id })));
  return new Response(null, { status: 204 });
}

async function listSessions(_request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId, sessionId } = await context.caller();
  const sessions = await liveSessions(context, userId);
  return json({
    sessions: sessions.map((session) => ({
      id: session.id,
      created_at: session.created_at,
      last_used_at: session.rotated_at,
      current: session.id === sessionId,
    })),
  });
}

/** Repeatable: one that has ended stays so. */
async function revokeSession(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const sessionId = idParam(request, 'id');
  const session = await findSession(context.directory, sessionId);
  if (session === null || session.user_id !== userId) throw new Refusal('not_found');
  await endSession(context, { userId, sessionId });
  return new Response(null, { status: 204 });
}

function liveSessions(context: ApiContext, userId: string) {
  return findLiveSessions(context.directory, userId, context.now() - sessionIdleMs);
}
