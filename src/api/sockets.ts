import { inboxOf, roomOf } from '../objects';
import { bearerSubprotocolPrefix, type CloseCode, closeCodes, subprotocol } from '../protocol/close-codes';
import { type ErrorCode, Refusal } from '../protocol/errors';
import { type ResumePoint, upgradeRequest } from '../upgrade';
import { type ApiContext, bearerToken, type Caller } from './context';
import { type ApiRequest, idParam, queryParam } from './params';
import type { ApiRouter } from './router';

/** The two sockets: one of a room, one of the caller's inbox (spec section 2). */
export function socketRoutes(router: ApiRouter): void {
  router.get('/api/chats/:id/socket', (request, context) => upgrade(request, context, openRoomSocket));
  router.get('/api/users/me/socket', (request, context) => upgrade(request, context, openInboxSocket));
}

async function openRoomSocket(request: ApiRequest, context: ApiContext, { userId, sessionId }: Caller): Promise<Response> {
  const chatId = idParam(request, 'id');
  const room = roomOf(context.env, chatId);
  // A stranger is turned away before the inbox remembers a room that there may not be.
  const member = await room.chat(userId);
  if (!member.ok) throw new Refusal(member.code, member.detail);
  if (!(await inboxOf(context.env, userId).openRoom(sessionId, chatId))) throw new Refusal('session_ended');
  return room.fetch(upgradeRequest({ userId, sid: sessionId, resume: resumePoint(request) }));
}

async function openInboxSocket(request: ApiRequest, context: ApiContext, { userId, sessionId }: Caller): Promise<Response> {
  const inbox = inboxOf(context.env, userId);
  if (!(await inbox.isSessionAlive(sessionId))) throw new Refusal('session_ended');
  return inbox.fetch(upgradeRequest({ userId, sid: sessionId, resume: resumePoint(request) }));
}

type Open = (request: ApiRequest, context: ApiContext, caller: Caller) => Promise<Response>;

/** Authenticates an upgrade and opens it, or refuses it so that a browser can read why [SOCK-1]. */
async function upgrade(request: ApiRequest, context: ApiContext, open: Open): Promise<Response> {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
    throw new Refusal('invalid', 'This is a WebSocket: ask for an upgrade.');
  const offered = offeredProtocols(request);
  if (offered.length === 0) throw new Refusal('invalid', `Ask for the subprotocol ${subprotocol}.`);
  if (!offered.includes(subprotocol)) {
    // A browser drops the connection, close code and all, unless one of the names it asked for comes back.
    const other = offered.find((name) => !name.startsWith(bearerSubprotocolPrefix));
    return refuseUpgrade(closeCodes.protocolNotSpoken, `Ask for ${subprotocol}`, other);
  }
  try {
    requireAllowedOrigin(request, context);
    const token =
      offered.find((name) => name.startsWith(bearerSubprotocolPrefix))?.slice(bearerSubprotocolPrefix.length) ?? bearerToken(request);
    return await open(request, context, await context.identify(token));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuseUpgrade(closeCodeOf(error.code), error.code, subprotocol);
  }
}

function offeredProtocols(request: Request): string[] {
  const names = (request.headers.get('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => name !== '');
}

/** [SOCK-2] A browser says where the page comes from; other clients say nothing. */
function requireAllowedOrigin(request: Request, { config }: ApiContext): void {
  const origin = request.headers.get('origin');
  if (origin !== null && origin !== config.appOrigin && !config.allowedOrigins.includes(origin))
    throw new Refusal('forbidden', 'This origin may not open sockets.');
}

function resumePoint(request: ApiRequest): ResumePoint | null {
  const epoch = queryParam(request, 'epoch');
  const rev = queryParam(request, 'rev');
  return epoch !== null && rev !== null && /^\d{1,15}$/.test(rev) ? { epoch, rev: Number(rev) } : null;
}

/** [SOCK-1] A browser cannot read a failed upgrade's status: the socket is accepted and closed with the reason's code. */
function refuseUpgrade(code: CloseCode, reason: string, protocol: string | undefined): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.close(code, reason);
  return new Response(null, {
    status: 101,
    webSocket: client,
    ...(protocol !== undefined && { headers: { 'sec-websocket-protocol': protocol } }),
  });
}

function closeCodeOf(code: ErrorCode): CloseCode {
  switch (code) {
    case 'unauthenticated':
    case 'token_expired':
    case 'session_ended':
      return closeCodes.unauthenticated;
    case 'not_found':
      return closeCodes.notFound;
    default:
      return closeCodes.forbidden;
  }
}
