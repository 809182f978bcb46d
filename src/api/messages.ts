import * as v from 'valibot';
import { parseEvents } from '../frames';
import { roomOf } from '../objects';
import { maxClientFrameBytes, maxEventsPerFrame } from '../protocol/limits';
import { packMessage } from '../protocol/models';
import { clientRoomEvent, type ServerRoomEvent, sendMessage } from '../protocol/room-frames';
import { uuid } from '../protocol/text';
import { unwrap } from '../result';
import type { DurableEvent } from '../room/dispatch';
import type { HistorySide } from '../room/live-room';
import { invalid, readBody } from './body';
import type { ApiContext, Caller } from './context';
import { type ApiRequest, idParam, ownUserParam, pageParams, queryParam } from './params';
import { type ApiRouter, json } from './router';

const historySides: readonly HistorySide[] = ['before', 'after', 'around'];

/** Messages over HTTP, for history and for clients without a socket. */
export function messageRoutes(router: ApiRouter): void {
  router.get('/api/users/:user_id/chats/:chat_id/messages', listMessages);
  router.post('/api/chats/:id/messages', postMessage);
  router.post('/api/chats/:id/messages/:message_id/open', openMessage);
  router.post('/api/chats/:id/messages/:message_id/viewed', markViewed);
  router.get('/api/chats/:id/messages/:message_id/receipts', listReceipts);
  router.post('/api/chats/:id/frames', postFrames);
}

async function listMessages(request: ApiRequest, context: ApiContext): Promise<Response> {
  const caller = await context.caller();
  ownUserParam(request, caller);
  const { limit } = pageParams(request);
  const { side, mark } = historyParams(request);
  const page = unwrap(await roomOf(context.env, idParam(request, 'chat_id')).history(actorOf(caller), mark, limit, side));
  return json({ messages: page.messages.map(packMessage), next_before: page.nextBefore, next_after: page.nextAfter });
}

/**
 * `?before=`, `?after=` or `?around=` a message, by its id or `seq`; none for the newest.
 * @throws Refusal `invalid`
 */
function historyParams(request: Request): { side: HistorySide; mark: string | number | null } {
  const given = historySides.filter((side) => queryParam(request, side) !== null);
  const [side = 'before', other] = given;
  if (other !== undefined) throw invalid([{ path: other, message: `excludes ${side}` }]);
  const mark = queryParam(request, side);
  if (mark !== null && /^\d{1,15}$/.test(mark)) return { side, mark: Number(mark) };
  if (mark !== null && !v.is(uuid, mark)) throw invalid([{ path: side, message: 'is neither a lower-case UUID nor a seq' }]);
  return { side, mark };
}

/** The body of a `send_message` event; its `type` may be left out. */
const messageBody = v.pipe(
  v.looseObject({}),
  v.transform((body) => ({ ...body, type: 'send_message' })),
  sendMessage,
);

/** [SEND-2] `201` for a new message, `200` with the first result for a repeated id. */
async function postMessage(request: ApiRequest, context: ApiContext): Promise<Response> {
  const caller = await context.caller();
  const chatId = idParam(request, 'id');
  const event = await readBody(request, messageBody, maxClientFrameBytes);
  const { message, created } = unwrap(await roomOf(context.env, chatId).send(actorOf(caller), event));
  return json({ message: packMessage(message) }, created ? 201 : 200);
}

/** [ONCE-2] */
async function openMessage(request: ApiRequest, context: ApiContext): Promise<Response> {
  const [answer] = await takeEvent(request, context, { type: 'open_message', id: idParam(request, 'message_id') });
  return json(answer ?? {});
}

/** [ONCE-3] */
async function markViewed(request: ApiRequest, context: ApiContext): Promise<Response> {
  await takeEvent(request, context, { type: 'mark_viewed', message_id: idParam(request, 'message_id') });
  return json({});
}

async function takeEvent(request: ApiRequest, context: ApiContext, event: DurableEvent): Promise<ServerRoomEvent[]> {
  const caller = await context.caller();
  return unwrap(await roomOf(context.env, idParam(request, 'id')).takeEvent(actorOf(caller), event));
}

const receiptsPageSize = 200;

/** For the sender only. */
async function listReceipts(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const { cursor } = pageParams(request);
  const all = unwrap(await roomOf(context.env, idParam(request, 'id')).receipts(userId, idParam(request, 'message_id')));
  const start = cursor !== null && /^\d{1,6}$/.test(cursor) ? Number(cursor) : 0;
  const end = start + receiptsPageSize;
  const receipts = all.slice(start, end).map(({ userId: user_id, state, viewedAt, views }) => ({ user_id, state, at: viewedAt, views }));
  return json({ receipts, next_cursor: end < all.length ? String(end) : null });
}

const framesBody = v.pipe(
  v.array(v.unknown()),
  v.minLength(1, 'is empty'),
  v.maxLength(maxEventsPerFrame, `has more than ${maxEventsPerFrame} entries`),
);

/** Every client event but typing; each is answered for itself, as on a socket [SOCK-4]. */
async function postFrames(request: ApiRequest, context: ApiContext): Promise<Response> {
  const caller = await context.caller();
  const chatId = idParam(request, 'id');
  const parsed = parseEvents(await readBody(request, framesBody, maxClientFrameBytes), clientRoomEvent);
  const events = parsed.flatMap((event) =>
    event.ok && event.event.type !== 'typing_start' && event.event.type !== 'typing_stop' ? [event.event] : [],
  );
  const errors = parsed.flatMap((event) => (event.ok ? [] : [event.error]));
  const answers = unwrap(await roomOf(context.env, chatId).takeEvents(actorOf(caller), events));
  return json({ answers: [...errors, ...answers] });
}

function actorOf({ userId, sessionId }: Caller): { userId: string; sid: string } {
  return { userId, sid: sessionId };
}
