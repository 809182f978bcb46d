import type { Profile } from '../directory/users';
import { Refusal } from '../protocol/errors';
import { maxMembers } from '../protocol/limits';
import type { ExpiryChoice, Role, SystemFacts } from '../protocol/models';
import { endIfAllViewed } from './ending';
import type { LiveRoom } from './live-room';
import { forfeitViews } from './opening';
import { settleReadClocks } from './reading';
import { applySystemMessage } from './sending';
import { type MemberState, toMember } from './state';
import { sharedChat } from './summary';
import type { Turn } from './turn';
import { endMedium } from './uploads';

/**
 * [GROUP-1] Adds people; who is in already stays as they are.
 * @throws Refusal `conflict` in a direct chat, `role_required`, `room_full`
 */
export function applyAdd(turn: Turn, actor: MemberState, profiles: readonly Profile[]): void {
  const { room, now } = turn;
  requireGroup(room);
  requireModerator(actor);
  const newcomers = profiles.filter((profile) => room.roster.find(profile.user.id) === null);
  if (newcomers.length === 0) return;
  if (room.roster.size + newcomers.length > maxMembers) throw new Refusal('room_full');
  const rev = turn.touchAsNews();
  for (const profile of newcomers) room.store.insertMember(profile.user.id, 'member', now, room.seq, rev, profile);
  room.reloadRoster();
  const userIds = newcomers.map((profile) => profile.user.id);
  const added = userIds.map((id) => room.requireMember(id));
  for (const member of added) room.store.readings.setProgress(member.n, { delivered: member.joinedSeq, read: member.joinedSeq });
  turn.outgoing.share({ type: 'members_changed', rev, added: added.map(toMember), removed: [], roles: [] });
  noteChange(turn, actor, { kind: 'member_added', user_ids: userIds, value: null });
}

/**
 * [GROUP-1] [GROUP-2] Removes a member, or leaves when it is oneself. After the last owner the longest-standing admin
 * follows, else member; after the last member the room is erased.
 * @throws Refusal `conflict` in a direct chat, `role_required`, `not_found`
 */
export function applyRemove(turn: Turn, actor: MemberState, userId: string): void {
  const { room } = turn;
  requireGroup(room);
  const leaves = userId === actor.profile.user.id;
  const member = room.roster.find(userId);
  if (member === null) throw new Refusal('not_found', 'There is no such member.');
  if (!leaves) requireModerator(actor);
  if (!leaves && member.role !== 'member' && actor.role !== 'owner')
    throw new Refusal('role_required', 'Only owners remove owners and admins.');
  forfeitViews(turn, member);
  const rev = turn.touchAsNews();
  room.store.setLeft(member.n, rev);
  room.reloadRoster();
  turn.removed.set(userId, member);
  room.store.jobs.put({ kind: 'tell_inbox', key: userId }, turn.now);
  if (room.roster.size === 0) return eraseContents(turn);
  const heir = succeed(turn, rev);
  const roles = heir === null ? [] : [{ user_id: heir.profile.user.id, role: 'owner' as const }];
  turn.outgoing.share({ type: 'members_changed', rev, added: [], removed: [userId], roles });
  noteChange(turn, actor, { kind: leaves ? 'member_left' : 'member_removed', user_ids: [userId], value: null });
  settleReadClocks(turn, member);
  settleUnopened(turn, member);
}

/**
 * [GROUP-1] Owners set roles.
 * @throws Refusal `conflict` in a direct chat, `role_required`, `not_found`, `last_owner`
 */
export function applySetRole(turn: Turn, actor: MemberState, userId: string, role: Role): void {
  const { room } = turn;
  requireGroup(room);
  if (actor.role !== 'owner') throw new Refusal('role_required', 'Only owners set roles.');
  const member = room.roster.find(userId);
  if (member === null) throw new Refusal('not_found', 'There is no such member.');
  if (member.role === role) return;
  const owners = room.roster.present().filter((candidate) => candidate.role === 'owner');
  if (member.role === 'owner' && owners.length === 1) throw new Refusal('last_owner', 'Make somebody else an owner first.');
  const rev = turn.touchAsNews();
  room.store.setRole(member.n, role, rev);
  room.reloadRoster();
  turn.outgoing.share({ type: 'members_changed', rev, added: [], removed: [], roles: [{ user_id: userId, role }] });
  noteChange(turn, actor, { kind: 'role_changed', user_ids: [userId], value: role });
}

/**
 * A member's profile as of its version; news that are older than what is known change nothing. Others see a changed name;
 * that somebody turned read receipts on or off is not theirs to see [RCPT-3].
 */
export function applyProfile(turn: Turn, member: MemberState, profile: Profile): void {
  const { room } = turn;
  if (profile.version <= member.profile.version) return;
  const { username, display_name, avatar_url } = member.profile.user;
  const isVisible =
    profile.user.username !== username || profile.user.display_name !== display_name || profile.user.avatar_url !== avatar_url;
  const rev = isVisible ? turn.touchAsNews() : member.rev;
  room.store.setProfile(member.n, profile, rev);
  // What others know already they keep; from here on nothing new is told.
  if (!profile.readReceipts && member.toldRead === null) room.store.setToldRead(member.n, room.store.readings.progress(member.n).read);
  room.reloadRoster();
  if (!isVisible) return;
  const changed = [toMember(room.requireMember(profile.user.id))];
  turn.outgoing.share({ type: 'members_changed', rev, added: [], removed: [], roles: [], changed });
}

/**
 * [GROUP-2] Renames a group, sets a policy, or both. In a direct chat either side may change the policy [EXP-6].
 * @throws Refusal `conflict` for the name of a direct chat, `role_required`
 */
export function applyChatChange(turn: Turn, actor: MemberState, change: { name: string | null; policy: ExpiryChoice | null }): void {
  const { room } = turn;
  if (change.name !== null) requireGroup(room);
  if (room.facts.isGroup) requireModerator(actor);
  const isRenamed = change.name !== null && change.name !== room.facts.name;
  const { policy } = room.facts;
  const isNewPolicy =
    change.policy !== null &&
    (change.policy.expires_in_seconds !== policy.expires_in_seconds || change.policy.expire_mode !== policy.expire_mode);
  if (!isRenamed && !isNewPolicy) return;
  if (isRenamed && change.name !== null) room.store.setName(change.name);
  if (isNewPolicy && change.policy !== null) {
    room.store.setPolicy({ ...change.policy, version: policy.version + 1, changed_by: actor.profile.user.id, changed_at: turn.now });
  }
  room.reloadFacts();
  shareChat(turn);
  if (isRenamed) noteChange(turn, actor, { kind: 'renamed', user_ids: [], value: change.name });
  if (isNewPolicy && change.policy !== null)
    noteChange(turn, actor, { kind: 'policy_changed', user_ids: [], value: policyValue(change.policy) });
}

/** [BLOCK-1] Where not everybody is shown the same, the last `seq` is each one's own. */
function shareChat(turn: Turn): void {
  const { room, outgoing } = turn;
  const event = { type: 'chat_changed', rev: turn.touch() } as const;
  if (!room.blocks.haveEverBeen) return outgoing.share({ ...event, chat: sharedChat(room, room.seq) });
  for (const member of room.roster.present())
    if (!member.concealed)
      outgoing.share({ ...event, chat: sharedChat(room, room.lastSeq(member)) }, (userId) => userId === member.profile.user.id);
}

/** A policy as the value of a system message: mode and seconds, or mode and "off". */
function policyValue({ expire_mode, expires_in_seconds }: ExpiryChoice): string {
  return `${expire_mode}:${expires_in_seconds ?? 'off'}`;
}

function noteChange(turn: Turn, actor: MemberState, facts: Omit<SystemFacts, 'actor_id'>): void {
  applySystemMessage(turn, actor, facts);
  turn.room.store.jobs.put({ kind: 'project_chat', key: turn.room.facts.id }, turn.now);
}

/** Makes an owner when none is left. */
function succeed(turn: Turn, rev: number): MemberState | null {
  const { room } = turn;
  const present = room.roster.present();
  if (present.some((member) => member.role === 'owner')) return null;
  // The roster is in the order of joining.
  const heir = present.find((member) => member.role === 'admin') ?? present[0];
  if (heir === undefined) return null;
  room.store.setRole(heir.n, 'owner', rev);
  room.reloadRoster();
  return heir;
}

/** Nobody is left: the media become jobs, and when those are done the outbox erases the room itself. */
function eraseContents(turn: Turn): void {
  for (const id of turn.room.store.media.all()) endMedium(turn.room, id, turn.now);
  turn.room.store.jobs.put({ kind: 'project_chat', key: turn.room.facts.id }, turn.now);
}

/** View-once messages that only the one who left had not opened. */
function settleUnopened(turn: Turn, leaver: MemberState): void {
  const { room, now } = turn;
  for (const message of room.store.messages.liveViewOnce(now)) {
    const wasTheirs = message.seq > leaver.joinedSeq && room.roster.userOf(message.sender) !== leaver.profile.user.id;
    if (wasTheirs) endIfAllViewed(turn, message);
  }
}

function requireGroup(room: LiveRoom): void {
  if (!room.facts.isGroup) throw new Refusal('conflict', 'A direct chat has no members to change and no name.');
}

function requireModerator(actor: MemberState): void {
  if (actor.role === 'member') throw new Refusal('role_required', 'Only owners and admins do this.');
}
