import { changeUser, findUser, searchUsers, toMe, toUser } from '../directory/users';
import { inboxOf } from '../objects';
import { Refusal } from '../protocol/errors';
import { patchMeBody } from '../protocol/rest';
import { invalid, readBody } from './body';
import type { ApiContext } from './context';
import { countCall } from './limits';
import { type ApiRequest, idParam, queryParam } from './params';
import { type ApiRouter, json } from './router';

const minSearchLength = 2;
const maxSearchResults = 20;

/** People: oneself, one other, and finding them by name. */
export function userRoutes(router: ApiRouter): void {
  router.get('/api/users/me', getMe);
  router.patch('/api/users/me', changeMe);
  router.get('/api/users/:id', getUser);
  router.get('/api/users', findUsers);
}

async function getMe(_request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const user = await findUser(context.directory, userId);
  if (user === null) throw new Refusal('unauthenticated');
  return json(toMe(user));
}

/** Repeatable. The inbox knows before and after: whatever fails in between, the user's rooms hear of the change. */
async function changeMe(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const { display_name, settings } = await readBody(request, patchMeBody);
  const inbox = inboxOf(context.env, userId);
  const matters = {
    rooms: display_name !== undefined || settings?.read_receipts !== undefined,
    presence: settings?.presence !== undefined,
  };
  if (matters.rooms || matters.presence) {
    await countCall(context, 'profile', userId);
    await inbox.expectMe(userId, matters);
  }
  const user = await changeUser(context.directory, userId, { displayName: display_name, settings });
  if (user === null) throw new Refusal('unauthenticated');
  await inbox.meChanged(userId, matters);
  return json(toMe(user));
}

/** [BLOCK-1] Who blocks the caller is answered like anybody else: to be refused would say it. */
async function getUser(request: ApiRequest, context: ApiContext): Promise<Response> {
  await context.caller();
  const user = await findUser(context.directory, idParam(request, 'id'));
  if (user === null) throw new Refusal('not_found');
  return json(toUser(user));
}

async function findUsers(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const prefix = (queryParam(request, 'username') ?? '').trim().toLowerCase();
  if (prefix.length < minSearchLength) throw invalid([{ path: 'username', message: `is shorter than ${minSearchLength} characters` }]);
  await countCall(context, 'search', userId);
  return json({ users: await searchUsers(context.directory, userId, prefix, maxSearchResults) });
}
