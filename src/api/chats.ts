import { directChatId } from '../direct-chat-id';
import { isChatOf } from '../directory/chat-rooms';
import { findUser, type Profile, settingsOf, toProfile } from '../directory/users';
import { inboxOf, roomOf } from '../objects';
import { Refusal } from '../protocol/errors';
import type { ExpiryChoice } from '../protocol/models';
import { type CreateChatBody, createChatBody, patchChatBody, patchListedChatBody } from '../protocol/rest';
import { unwrap } from '../result';
import { invalid, readBody } from './body';
import type { ApiContext } from './context';
import { countCall } from './limits';
import { type ApiRequest, idParam, ownUserParam, pageParams } from './params';
import { requireProfiles, requireWillingProfiles } from './profiles';
import { type ApiRouter, json } from './router';

/** Chats: making one, and the list of one's own. */
export function chatRoutes(router: ApiRouter): void {
  router.post('/api/chats', createChat);
  router.get('/api/chats/:id', getChat);
  router.patch('/api/chats/:id', changeChat);
  router.get('/api/users/:user_id/chats', listChats);
  router.patch('/api/users/:user_id/chats/:id', changeListedChat);
  router.delete('/api/users/:user_id/chats/:id', clearChat);
}

/** Repeatable: the same direct chat, or the same group id from the same creator, is found instead of made: `200`. */
async function createChat(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const body = await readBody(request, createChatBody);
  const { creator, members, defaultExpiry } = await loadPeople(context, userId, body);
  const id = await chatIdFor(body, userId, context);
  // What is only found again is not counted: opening a chat is no making.
  if (!(await isChatOf(context.directory, id, userId))) await countCall(context, 'chats', userId);
  const { chat, created } = unwrap(
    await roomOf(context.env, id).create({
      id,
      isGroup: body.is_group,
      name: body.is_group ? (body.name ?? null) : null,
      creator,
      members,
      expiry: body.expiry ?? defaultExpiry,
    }),
  );
  return json({ chat }, created ? 201 : 200);
}

async function getChat(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  return json({ chat: unwrap(await roomOf(context.env, idParam(request, 'id')).chat(userId)) });
}

/** [EXP-6] [GROUP-2] */
async function changeChat(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const chatId = idParam(request, 'id');
  const { name, expiry } = await readBody(request, patchChatBody);
  return json({ chat: unwrap(await roomOf(context.env, chatId).changeChat(userId, { name: name ?? null, policy: expiry ?? null })) });
}

async function listChats(request: ApiRequest, context: ApiContext): Promise<Response> {
  const userId = ownUserParam(request, await context.caller());
  const { cursor, limit } = pageParams(request);
  const page = await inboxOf(context.env, userId).chats(userId, cursor, limit);
  return json({ chats: page.chats, next_cursor: page.nextCursor });
}

/** Repeatable. The answer is without the preview. */
async function changeListedChat(request: ApiRequest, context: ApiContext): Promise<Response> {
  const userId = ownUserParam(request, await context.caller());
  const chatId = idParam(request, 'id');
  const { muted_until, pinned, archived } = await readBody(request, patchListedChatBody);
  const change = { mutedUntil: muted_until, isPinned: pinned, isArchived: archived };
  return json(unwrap(await inboxOf(context.env, userId).changeChat(chatId, change)));
}

/** Repeatable: clears what has come meanwhile. */
async function clearChat(request: ApiRequest, context: ApiContext): Promise<Response> {
  const userId = ownUserParam(request, await context.caller());
  unwrap(await roomOf(context.env, idParam(request, 'id')).clear(userId));
  return new Response(null, { status: 204 });
}

async function chatIdFor(body: CreateChatBody, userId: string, context: ApiContext): Promise<string> {
  const [otherId] = body.member_ids;
  return body.is_group || otherId === undefined ? (body.id ?? context.newId()) : directChatId(userId, otherId);
}

/** The creator, what their new chats begin with [EXP-6], and the others, each once. */
async function loadPeople(
  context: ApiContext,
  userId: string,
  { is_group, member_ids }: CreateChatBody,
): Promise<{ creator: Profile; members: Profile[]; defaultExpiry: ExpiryChoice | null }> {
  const others = member_ids.filter((id) => id !== userId);
  if (others.length === 0) throw invalid([{ path: 'member_ids', message: 'names nobody but yourself' }]);
  const members = is_group
    ? await requireWillingProfiles(context, userId, others, 'member_ids')
    : await requireProfiles(context, others, 'member_ids');
  const creator = await findUser(context.directory, userId);
  if (creator === null) throw new Refusal('unauthenticated');
  return { creator: toProfile(creator), members, defaultExpiry: settingsOf(creator).default_expiry };
}
