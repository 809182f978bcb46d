import type { ModelMessage, ModelState, Stay } from './state';

/** How far somebody has got. */
export interface Progress {
  readonly delivered: number;
  readonly read: number;
}

/** [BLOCK-1] What a user has decided about the other in a direct chat; what is no news changes nothing. */
export function setBlock(room: ModelState, userId: string, isActive: boolean, version: number): void {
  const known = room.blocks.get(userId) ?? { isActive: false, version: 0 };
  if (version <= known.version) return;
  const wereSilenced = areSilenced(room);
  room.blocks.set(userId, { isActive, version });
  if (!areSilenced(room)) room.standing = null;
  // While one of them blocks, what each knew of the other stands still.
  else if (!wereSilenced) room.standing = new Map(room.stays.map((stay) => [stay.userId, toldByThemselves(stay)]));
}

/** Whether somebody else blocks this user: what they send is hidden. */
export function isBlocked(room: ModelState, userId: string): boolean {
  return [...room.blocks].some(([blockerId, { isActive }]) => isActive && blockerId !== userId);
}

/** Whether neither hears of the other. */
export function areSilenced(room: ModelState): boolean {
  return [...room.blocks.values()].some(({ isActive }) => isActive);
}

/** [RCPT-3] How far a stay lets others know that it has got. */
function toldByThemselves(stay: Stay): Progress {
  return { delivered: stay.deliveredSeq, read: stay.toldReadSeq ?? stay.readSeq };
}

/** [RCPT-3] [BLOCK-1] How far `viewer` may know that `stay` has got. */
export function toldProgress(room: ModelState, viewer: Stay, stay: Stay): Progress {
  if (viewer.userId === stay.userId) return { delivered: stay.deliveredSeq, read: stay.readSeq };
  const { delivered, read } =
    room.standing === null ? toldByThemselves(stay) : (room.standing.get(stay.userId) ?? { delivered: 0, read: 0 });
  return { delivered, read: viewer.hasReceipts ? read : 0 };
}

/** [BLOCK-1] Whether the message was shown to nobody but its sender from the beginning, and will be to nobody else for ever. */
export function isHiddenFrom(message: ModelMessage, stay: Stay): boolean {
  return message.hidden === 'always' && message.senderId !== stay.userId;
}

/** [BLOCK-1] When the sender's edit ended the message for this stay; null where none did. */
export function editedAwayAt(message: ModelMessage, stay: Stay): number | null {
  return typeof message.hidden === 'number' && message.senderId !== stay.userId ? message.hidden : null;
}

/** The last `seq` that the stay was shown, of what is still kept, or has read. */
export function lastSeqOf(room: ModelState, stay: Stay): number {
  if (room.blocks.size === 0) return room.seq;
  const shown = [...room.messages.values()].filter((message) => !isHiddenFrom(message, stay)).map(({ seq }) => seq);
  return Math.max(stay.readSeq, ...shown);
}
