import { roomOf } from '../objects';
import { defaultPageSize, maxMembersPageSize } from '../protocol/limits';
import { addMembersBody, setRoleBody } from '../protocol/rest';
import { unwrap } from '../result';
import { readBody } from './body';
import type { ApiContext } from './context';
import { type ApiRequest, idParam, pageParams } from './params';
import { requireWillingProfiles } from './profiles';
import { type ApiRouter, json } from './router';

/** Who is in a chat [GROUP-1]. */
export function memberRoutes(router: ApiRouter): void {
  router.get('/api/chats/:id/members', listMembers);
  router.post('/api/chats/:id/members', addMembers);
  router.patch('/api/chats/:id/members/:user_id', setRole);
  router.delete('/api/chats/:id/members/:user_id', removeMember);
}

async function listMembers(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const { cursor, limit } = pageParams(request, maxMembersPageSize, defaultPageSize);
  // Anything that is not a cursor of ours means the first page.
  const after = cursor !== null && /^\d{1,9}$/.test(cursor) ? Number(cursor) : 0;
  const page = unwrap(await roomOf(context.env, idParam(request, 'id')).members(userId, after, limit));
  return json({ members: page.members, next_cursor: page.nextCursor === null ? null : String(page.nextCursor) });
}

/** Repeatable: who is in already stays as they are. */
async function addMembers(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const chatId = idParam(request, 'id');
  const { user_ids } = await readBody(request, addMembersBody);
  const profiles = await requireWillingProfiles(context, userId, user_ids, 'user_ids');
  unwrap(await roomOf(context.env, chatId).addMembers(userId, profiles));
  return new Response(null, { status: 204 });
}

async function setRole(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const [chatId, memberId] = [idParam(request, 'id'), idParam(request, 'user_id')];
  const { role } = await readBody(request, setRoleBody);
  unwrap(await roomOf(context.env, chatId).setRole(userId, memberId, role));
  return new Response(null, { status: 204 });
}

/** `me` leaves. */
async function removeMember(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const memberId = request.params.user_id === 'me' ? userId : idParam(request, 'user_id');
  unwrap(await roomOf(context.env, idParam(request, 'id')).removeMember(userId, memberId));
  return new Response(null, { status: 204 });
}
