import type { MemberState } from './state';
import type { Turn } from './turn';

/**
 * The member clears the chat for themselves, up to now: none of their devices is shown anything of it any more, and nobody
 * else notices. It is no reading, and what they sent stays for the others. Again: nothing.
 */
export function applyClear(turn: Turn, member: MemberState): void {
  const { room } = turn;
  if (room.seq <= member.hiddenToSeq) return;
  const userId = member.profile.user.id;
  const upToSeq = room.lastSeq(member);
  room.store.setCleared(member.n, room.seq, turn.touch());
  room.reloadRoster();
  // In its place among the commit's events: what came before it is cleared, what comes after is not.
  turn.outgoing.share({ type: 'chat_cleared', up_to_seq: upToSeq }, (id) => id === userId);
  room.store.jobs.put({ kind: 'tell_inbox', key: userId }, turn.now);
}
