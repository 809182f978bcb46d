import { accessTokenSeconds, issueAccessToken } from '../auth/access-tokens';
import { loadPasswords } from '../auth/argon2';
import { isCommonPassword } from '../auth/common-passwords';
import { isOutdated, saltBytes } from '../auth/passwords';
import { parseRefreshToken } from '../auth/refresh-tokens';
import { beginSession, type OpenSession, refreshSession } from '../auth/sessions';
import { markSessionEnded } from '../directory/sessions';
import { findUserByName, insertUser, replacePasswordHash, toMe, type UserRow } from '../directory/users';
import { inboxOf } from '../objects';
import { Refusal } from '../protocol/errors';
import { loginBody, refreshBody, signupBody } from '../protocol/rest';
import { readBody, readOptionalBody } from './body';
import type { ApiContext, Caller } from './context';
import { bearerToken } from './context';
import { clientNetwork, countCall } from './limits';
import { problemAnswer } from './problems';
import { clearedRefreshCookie, readRefreshCookie, refreshCookie } from './refresh-cookie';
import { type ApiRouter, json } from './router';

/** Signing up, in and out, and staying signed in [AUTH-1] [AUTH-2] [AUTH-3]. */
export function sessionRoutes(router: ApiRouter): void {
  router.post('/api/signup', signUp);
  router.post('/api/login', logIn);
  router.post('/api/token/refresh', refresh);
  router.post('/api/logout', logOut);
}

async function signUp(request: Request, context: ApiContext): Promise<Response> {
  refuseForeignOrigin(request, context);
  const body = await readBody(request, signupBody);
  await countCall(context, 'signup', clientNetwork(request));
  const { directory } = context;
  if (await isCommonPassword(body.password)) {
    throw new Refusal('weak_password', undefined, { fields: [{ path: 'password', message: 'is among the most common ones' }] });
  }
  const taken = new Refusal('username_taken');
  // Asked first, so that a taken name does not cost a hash; the insert decides.
  if ((await findUserByName(directory, body.username)) !== null) throw taken;
  const user = await insertUser(directory, {
    id: context.newId(),
    username: body.username,
    displayName: body.display_name ?? body.username,
    passwordHash: loadPasswords().hash(body.password, context.randomBytes(saltBytes)),
    now: context.now(),
  });
  if (user === null) throw taken;
  return welcome(context, user, body.cookie, 201);
}

async function logIn(request: Request, context: ApiContext): Promise<Response> {
  refuseForeignOrigin(request, context);
  const body = await readBody(request, loginBody);
  await countCall(context, 'login', `${clientNetwork(request)} ${body.username.toLowerCase()}`);
  const { directory } = context;
  const user = await findUserByName(directory, body.username.toLowerCase());
  const passwords = loadPasswords();
  const isCorrect = passwords.verify(user?.password_hash ?? null, body.password);
  if (user === null || !isCorrect) throw new Refusal('bad_credentials');
  if (isOutdated(user.password_hash)) {
    const renewed = passwords.hash(body.password, context.randomBytes(saltBytes));
    await replacePasswordHash(directory, user.id, { from: user.password_hash, to: renewed });
  }
  return welcome(context, user, body.cookie, 200);
}

async function welcome(context: ApiContext, user: UserRow, wantsCookie: boolean, status: number): Promise<Response> {
  const session = await beginSession(context.directory, user, context);
  return sessionAnswer(context, session, wantsCookie, { user: toMe(user) }, status);
}

async function sessionAnswer(
  context: ApiContext,
  session: OpenSession,
  wantsCookie: boolean,
  more: object,
  status = 200,
): Promise<Response> {
  const body = { ...more, access_token: await issueAccessToken(context.config, session, context.now()), expires_in: accessTokenSeconds };
  if (wantsCookie) return json(body, status, { 'set-cookie': refreshCookie(session.refreshToken) });
  return json({ ...body, refresh_token: session.refreshToken }, status);
}

/** A token in the body is answered in the body, one in the cookie with a cookie. */
async function refresh(request: Request, context: ApiContext): Promise<Response> {
  refuseForeignOrigin(request, context);
  await countCall(context, 'refresh', clientNetwork(request));
  const body = await readOptionalBody(request, refreshBody);
  const isByCookie = body.refresh_token === undefined;
  const token = body.refresh_token ?? readRefreshCookie(request);
  if (token === null) throw new Refusal('unauthenticated');
  const outcome = await refreshSession(context.directory, context.config, token, context.now());
  if (outcome.kind === 'refreshed') return sessionAnswer(context, outcome.session, isByCookie, {});
  if (outcome.kind === 'end') await endSession(context, outcome);
  const answer = problemAnswer(new Refusal('session_ended'));
  if (isByCookie) answer.headers.append('set-cookie', clearedRefreshCookie);
  return answer;
}

/** Works with a valid access token, of an ended session too, or with the refresh token alone; so it can be repeated. */
async function logOut(request: Request, context: ApiContext): Promise<Response> {
  refuseForeignOrigin(request, context);
  const body = await readOptionalBody(request, refreshBody);
  const cookie = readRefreshCookie(request);
  const session = (await identifyBearer(request, context)) ?? (await spendForLogout(request, context, body.refresh_token ?? cookie));
  if (session !== null) await endSession(context, session);
  const answer = new Response(null, { status: 204 });
  // Another tab may have signed in as somebody else since: that cookie is not this session's to clear.
  const cookieSessionId = cookie === null ? undefined : parseRefreshToken(cookie)?.sessionId;
  const isForeignCookie = cookieSessionId !== undefined && session !== null && cookieSessionId !== session.sessionId;
  if (cookie !== null && !isForeignCookie) answer.headers.append('set-cookie', clearedRefreshCookie);
  return answer;
}

/** The session of the request's access token, live or not; `null` when there is none or it does not count any more. */
async function identifyBearer(request: Request, context: ApiContext): Promise<Caller | null> {
  try {
    return await context.identify(bearerToken(request));
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/**
 * The session a refresh token belongs to. Spending the token proves that it does; one that is spent already ends its
 * session anyway.
 *
 * @throws Refusal `unauthenticated` without a token.
 */
async function spendForLogout(request: Request, context: ApiContext, token: string | null): Promise<Caller | null> {
  if (token === null) throw new Refusal('unauthenticated');
  await countCall(context, 'refresh', clientNetwork(request));
  const outcome = await refreshSession(context.directory, context.config, token, context.now());
  switch (outcome.kind) {
    case 'refreshed':
      return outcome.session;
    case 'end':
      return outcome;
    case 'unknown':
      return null;
  }
}

/** In the directory first: whatever fails after that, the session cannot be refreshed, and the caller's retry finishes it. */
export async function endSession(context: ApiContext, { userId, sessionId }: Caller): Promise<void> {
  await markSessionEnded(context.directory, sessionId, context.now());
  await inboxOf(context.env, userId).endSession(sessionId);
}

/** Browsers name the origin of every POST: calls that a cookie authorises or that set one are for our own page only. */
function refuseForeignOrigin(request: Request, context: ApiContext): void {
  const origin = request.headers.get('origin');
  if (origin !== null && origin !== context.config.appOrigin) throw new Refusal('forbidden', 'Not from this origin.');
}
