import { findBlockers } from '../directory/blocks';
import { loadProfiles, type Profile } from '../directory/users';
import { invalid } from './body';
import type { ApiContext } from './context';

/**
 * The profiles of these users, in this order, each once.
 * @param path of the field that named them
 * @throws Refusal `invalid` naming every entry that is nobody
 */
export async function requireProfiles(context: ApiContext, ids: readonly string[], path: string): Promise<Profile[]> {
  const wanted = [...new Set(ids)];
  const loaded = await loadProfiles(context.directory, wanted);
  const profiles = new Map(loaded.map((profile) => [profile.user.id, profile]));
  const unknown = wanted.filter((id) => !profiles.has(id));
  if (unknown.length > 0) throw invalid(unknown.map((id) => ({ path: `${path}.${ids.indexOf(id)}`, message: 'is not a user' })));
  return wanted.map((id) => profiles.get(id)).filter((profile) => profile !== undefined);
}

/**
 * The profiles of those users whom `userId` may bring into a group: [BLOCK-1] who blocks them is left out without a word.
 * @throws Refusal as `requireProfiles`
 */
export async function requireWillingProfiles(
  context: ApiContext,
  userId: string,
  ids: readonly string[],
  path: string,
): Promise<Profile[]> {
  const profiles = await requireProfiles(context, ids, path);
  const blockers = await findBlockers(context.directory, userId, ids);
  return profiles.filter(({ user }) => !blockers.has(user.id));
}
