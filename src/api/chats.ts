import { loadProfiles } from '../directory/users';
import { inboxOf, roomOf } from '../objects';
import { Refusal } from '../protocol/errors';
import { type CreateChatBody, createChatBody } from '../protocol/rest';
import { unwrap } from '../result';
import { directChatId } from '../room/direct-chat-id';
import type { Profile } from '../room/state';
import { invalid, readBody } from './body';
import type { ApiContext } from './context';
import { type ApiRequest, idParam, ownUserParam, pageParams } from './params';
import { type ApiRouter, json } from './router';

/** Chats: making one, and the list of one's own. */
export function chatRoutes(router: ApiRouter): void {
  router.post('/api/chats', createChat);
  router.get('/api/chats/:id', getChat);
  router.get('/api/users/:user_id/chats', listChats);
}

/** Repeatable: the same direct chat, or the same group id from the same creator, is found instead of made: `200`. */
async function createChat(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const body = await readBody(request, createChatBody);
  const { creator, members } = await loadPeople(context, userId, body.member_ids);
  const id = await chatIdFor(body, userId, context);
  const { chat, created } = unwrap(
    await roomOf(context.env, id).create({
      id,
      isGroup: body.is_group,
      name: body.is_group ? (body.name ?? null) : null,
      creator,
      members,
      expiry: body.expiry ?? null,
    }),
  );
  return json({ chat }, created ? 201 : 200);
}

async function getChat(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  return json({ chat: unwrap(await roomOf(context.env, idParam(request, 'id')).chat(userId)) });
}

async function listChats(request: ApiRequest, context: ApiContext): Promise<Response> {
  const userId = ownUserParam(request, await context.caller());
  const { cursor, limit } = pageParams(request);
  const page = await inboxOf(context.env, userId).chats(userId, cursor, limit);
  return json({ chats: page.chats, next_cursor: page.nextCursor });
}

async function chatIdFor(body: CreateChatBody, userId: string, context: ApiContext): Promise<string> {
  const [otherId] = body.member_ids;
  return body.is_group || otherId === undefined ? (body.id ?? context.newId()) : directChatId(userId, otherId);
}

/** The creator and the others, each once. */
async function loadPeople(
  context: ApiContext,
  userId: string,
  memberIds: readonly string[],
): Promise<{ creator: Profile; members: Profile[] }> {
  const otherIds = [...new Set(memberIds)].filter((id) => id !== userId);
  if (otherIds.length === 0) throw invalid([{ path: 'member_ids', message: 'names nobody but yourself' }]);
  const loaded = await loadProfiles(context.directory, [userId, ...otherIds]);
  const profiles = new Map(loaded.map(({ profile_version, ...user }) => [user.id, { user, version: profile_version }]));
  const creator = profiles.get(userId);
  if (creator === undefined) throw new Refusal('unauthenticated');
  const members = otherIds.map((id) => profiles.get(id));
  if (!members.every((member) => member !== undefined)) {
    throw invalid(
      otherIds.filter((id) => !profiles.has(id)).map((id) => ({ path: `member_ids.${memberIds.indexOf(id)}`, message: 'is not a user' })),
    );
  }
  return { creator, members };
}
