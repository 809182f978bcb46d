import * as v from 'valibot';
import { roomOf } from '../objects';
import { maxClientFrameBytes } from '../protocol/limits';
import { sendMessage } from '../protocol/room-frames';
import { uuid } from '../protocol/text';
import { unwrap } from '../result';
import { invalid, readBody } from './body';
import type { ApiContext } from './context';
import { type ApiRequest, idParam, ownUserParam, pageParams, queryParam } from './params';
import { type ApiRouter, json } from './router';

/** Messages over HTTP, for history and for clients without a socket. */
export function messageRoutes(router: ApiRouter): void {
  router.get('/api/users/:user_id/chats/:chat_id/messages', listMessages);
  router.post('/api/chats/:id/messages', postMessage);
}

async function listMessages(request: ApiRequest, context: ApiContext): Promise<Response> {
  const userId = ownUserParam(request, await context.caller());
  const { limit } = pageParams(request);
  const before = queryParam(request, 'before');
  if (before !== null && !v.is(uuid, before)) throw invalid([{ path: 'before', message: 'is not a lower-case UUID' }]);
  const page = unwrap(await roomOf(context.env, idParam(request, 'chat_id')).history(userId, before, limit));
  return json({ messages: page.messages, next_before: page.nextBefore });
}

/** The body of a `send_message` event; its `type` may be left out. */
const messageBody = v.pipe(
  v.looseObject({}),
  v.transform((body) => ({ ...body, type: 'send_message' })),
  sendMessage,
);

/** [SEND-2] `201` for a new message, `200` with the first result for a repeated id. */
async function postMessage(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const chatId = idParam(request, 'id');
  const event = await readBody(request, messageBody, maxClientFrameBytes);
  const { message, created } = unwrap(await roomOf(context.env, chatId).send(userId, event));
  return json({ message }, created ? 201 : 200);
}
