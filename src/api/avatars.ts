import { base64url } from 'jose';
import { changeAvatar, findUser, hasAvatar, toUser } from '../directory/users';
import { avatarKey } from '../media/keys';
import { prepareAvatar } from '../media/prepare-image';
import { createS3, getObject, putObject } from '../media/s3';
import { inboxOf } from '../objects';
import { Refusal } from '../protocol/errors';
import type { ApiContext } from './context';
import { fileOf, readForm } from './form';
import { countCall } from './limits';
import type { ApiRequest } from './params';
import { type ApiRouter, json } from './router';

/** 128 bits: nobody finds a picture that they were not told of. */
const nameBytes = 16;
const namePattern = /^[\w-]{22}$/;
/** A removed picture may stay in its readers' browsers for so long. */
const cacheControl = 'private, max-age=3600';
const matters = { rooms: true, presence: false } as const;

/** A user's own picture, and everybody's by its name. */
export function avatarRoutes(router: ApiRouter): void {
  router.put('/api/users/me/avatar', putAvatar);
  router.delete('/api/users/me/avatar', deleteAvatar);
  router.get('/avatars/:random', getAvatar);
}

async function putAvatar(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  await countCall(context, 'profile', userId);
  const file = fileOf(await readForm(request));
  const picture = prepareAvatar(await file.bytes(), file.type);
  const name = base64url.encode(context.randomBytes(nameBytes));
  const avatar_url = await replaceAvatar(context, userId, name, (s3) =>
    putObject(s3, {
      key: avatarKey(name),
      body: picture,
      byteSize: picture.length,
      contentType: 'image/jpeg',
      contentDisposition: 'inline',
    }),
  );
  return json({ avatar_url });
}

/** Repeatable. */
async function deleteAvatar(_request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  await countCall(context, 'profile', userId);
  await replaceAvatar(context, userId, null, async () => {});
  return new Response(null, { status: 204 });
}

/**
 * Whatever fails or crashes on the way, the inbox erases what is nobody's picture, and the user's rooms hear of what is: it knows
 * before a byte is stored and before the directory changes.
 *
 * @param name of the new picture; null for none
 * @returns where it is
 */
async function replaceAvatar(
  context: ApiContext,
  userId: string,
  name: string | null,
  store: (s3: ReturnType<typeof createS3>) => Promise<void>,
): Promise<string | null> {
  const before = await findUser(context.directory, userId);
  if (before === null) throw new Refusal('unauthenticated');
  const inbox = inboxOf(context.env, userId);
  const touched = [before.avatar, name].filter((touch) => touch !== null);
  if (touched.length > 0) await inbox.expectAvatars(userId, touched);
  await store(createS3(context.config.s3));
  await inbox.expectMe(userId, matters);
  const user = await changeAvatar(context.directory, userId, name);
  if (user === null) throw new Refusal('unauthenticated');
  await Promise.all([inbox.meChanged(userId, matters), before.avatar === null ? undefined : inbox.eraseAvatar(userId, before.avatar)]);
  return toUser(user).avatar_url;
}

/** From the moment it is nobody's it is not there, whether its bytes are gone or not. */
async function getAvatar(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { random = '' } = request.params;
  if (!namePattern.test(random) || !(await hasAvatar(context.directory, random))) throw new Refusal('not_found');
  const bytes = await getObject(createS3(context.config.s3), avatarKey(random), null);
  if (bytes === null) throw new Refusal('not_found');
  return new Response(bytes, { headers: { 'content-type': 'image/jpeg', 'cache-control': cacheControl } });
}
