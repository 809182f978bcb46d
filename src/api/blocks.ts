import { findUser, loadProfiles } from '../directory/users';
import { inboxOf } from '../objects';
import { Refusal } from '../protocol/errors';
import { invalid } from './body';
import type { ApiContext } from './context';
import { type ApiRequest, idParam, pageParams } from './params';
import { type ApiRouter, json } from './router';

/** Whom the caller wants to hear nothing from [BLOCK-1]. */
export function blockRoutes(router: ApiRouter): void {
  router.get('/api/users/me/blocks', listBlocks);
  router.post('/api/users/:id/block', block);
  router.delete('/api/users/:id/block', unblock);
}

async function listBlocks(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const { cursor, limit } = pageParams(request);
  const page = await inboxOf(context.env, userId).blocks(cursor, limit);
  const profiles = await loadProfiles(
    context.directory,
    page.blocks.map((entry) => entry.userId),
  );
  const byId = new Map(profiles.map(({ user }) => [user.id, user]));
  const blocks = page.blocks.flatMap(({ userId: id, at }) => {
    const user = byId.get(id);
    return user === undefined ? [] : [{ user, blocked_at: at }];
  });
  return json({ blocks, next_cursor: page.nextCursor });
}

/** Repeatable: who is blocked stays so. */
async function block(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const otherId = idParam(request, 'id');
  if (otherId === userId) throw invalid([{ path: 'id', message: 'is your own' }]);
  if ((await findUser(context.directory, otherId)) === null) throw new Refusal('not_found');
  await inboxOf(context.env, userId).setBlock(userId, otherId, true);
  return new Response(null, { status: 204 });
}

/** Repeatable; who never was blocked, or is not there any more, is not blocked either. */
async function unblock(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  await inboxOf(context.env, userId).setBlock(userId, idParam(request, 'id'), false);
  return new Response(null, { status: 204 });
}
