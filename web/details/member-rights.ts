import type { Member, Role } from '../../src/protocol/models';

/** What the reader may do with a member [GROUP-1]. */
export interface MemberRights {
  readonly remove: boolean;
  /** Roles they may give. */
  readonly roles: readonly Role[];
}

const ladder: readonly Role[] = ['owner', 'admin', 'member'];

/** Owners set roles and remove anybody; admins remove members. Oneself one only leaves. */
export function memberRights(member: Member, readerId: string, readerRole: Role): MemberRights {
  if (member.user.id === readerId) return { remove: false, roles: [] };
  if (readerRole === 'owner') return { remove: true, roles: ladder.filter((role) => role !== member.role) };
  return { remove: readerRole === 'admin' && member.role === 'member', roles: [] };
}

/** Owners first, then admins, then by name. */
export function inRank(members: Iterable<Member>): Member[] {
  return [...members].sort(
    (a, b) => ladder.indexOf(a.role) - ladder.indexOf(b.role) || a.user.display_name.localeCompare(b.user.display_name),
  );
}
