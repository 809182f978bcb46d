import { useAccount } from '../app';
import type { Line } from '../conversation/line';
import { useRoom } from '../conversation/room-context';
import { computeReceipt, type Openings, type Receipt } from './receipt';

/** What became of an own line so far. Follows changes. */
export function useReceipt(line: Line): { readonly receipt: Receipt; readonly openings: Openings; readonly isGroup: boolean } {
  const { me } = useAccount();
  const { membership, receipts } = useRoom();
  const chat = membership.chat.value;
  const members = membership.members.value;
  const memberCount = chat?.member_count ?? members.size;
  const receipt = computeReceipt(line, me.id, memberCount, members, receipts.cursors.value, me.settings.read_receipts);
  const views = receipts.views.value.get(line.id) ?? [];
  const openings = {
    count: Math.max(new Set(views.map(({ userId }) => userId)).size, line.receipts?.viewed ?? 0),
    of: line.receipts?.of ?? receipt.of,
    lastAt: views.at(-1)?.at ?? null,
  };
  return { receipt, openings, isGroup: chat?.is_group ?? true };
}
