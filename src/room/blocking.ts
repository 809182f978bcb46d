import { type BlockOrder, Blocks } from './blocks';
import type { Company } from './company';
import type { LiveRoom } from './live-room';
import type { ReceiptNews } from './receipt-news';
import type { MemberState } from './state';
import type { RoomStore } from './store';

export interface BlockingParts {
  readonly store: RoomStore;
  /** null where there is no room yet. */
  readonly room: LiveRoom | null;
  readonly company: Pick<Company, 'blocksChanged'>;
  readonly receipts: Pick<ReceiptNews, 'catchUp'>;
}

/** [BLOCK-1] Keeps what somebody decided about the other, where there is no room yet, too: it may be made later. */
export function followBlock(order: BlockOrder, { store, room, company, receipts }: BlockingParts): void {
  const before = room?.blocks ?? new Blocks(store.blocks());
  const members = room?.roster.present() ?? [];
  // What each has been told of the other, not what is true [RCPT-3].
  const told = ({ n, toldRead }: MemberState) => {
    const { delivered, read } = store.readings.progress(n);
    return { delivered, read: toldRead ?? read };
  };
  const progress = Object.fromEntries(members.map((member) => [member.profile.user.id, told(member)]));
  const next = before.follow(order, { seq: room?.seq ?? 0, progress });
  if (next === null) return;
  store.putBlock(next);
  if (room === null) return;
  room.reloadBlocks();
  if (room.blocks.areSilencing === before.areSilencing) return;
  company.blocksChanged(members);
  if (!room.blocks.areSilencing) receipts.catchUp(progress);
}
