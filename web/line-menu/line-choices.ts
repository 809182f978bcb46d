import { undoWindowMs } from '../../src/protocol/limits';
import type { Role } from '../../src/protocol/models';
import type { Line } from '../conversation/line';
import type { Receipt } from '../receipts/receipt';

/** What the reader may do with a line [SEND-6]. */
export interface LineRights {
  readonly reply: boolean;
  readonly react: boolean;
  readonly copy: boolean;
  readonly edit: boolean;
  readonly delete: boolean;
  readonly seeReceipts: boolean;
}

export interface Reader {
  readonly id: string;
  readonly role: Role;
  readonly isGroup: boolean;
}

const editWindowMs = 24 * 60 * 60 * 1000;

/** @param now server clock, milliseconds since the epoch */
export function lineRights(line: Line, reader: Reader, now: number): LineRights {
  const isThere = line.state.kind === 'accepted' && line.end === null && line.type !== 'system';
  const isOwn = line.senderId === reader.id;
  const isOpen = isThere && line.once === null;
  const isWarden = reader.isGroup && reader.role !== 'member';
  return {
    reply: isOpen,
    react: isOpen,
    copy: isOpen && line.text !== null,
    edit: isOpen && isOwn && line.type === 'text' && now - line.createdAt < editWindowMs,
    delete: isThere && (isOwn || isWarden),
    seeReceipts: isOwn && line.state.kind === 'accepted' && line.end?.reason !== 'deleted',
  };
}

export const hasRights = (rights: LineRights) => Object.values(rights).some(Boolean);

/** Whether an own line would leave no trace if it were deleted now, as far as this client has been told of readings [SEND-6]. */
export const isUndoable = (line: Line, readerId: string, { read }: Pick<Receipt, 'read'>, now: number) =>
  line.senderId === readerId && read === 0 && now - line.createdAt < undoWindowMs;

/** The reader's newest line that can still be edited; null where there is none. */
export function newestEditable(lines: readonly Line[], reader: Reader, now: number): Line | null {
  return lines.findLast((line) => lineRights(line, reader, now).edit) ?? null;
}
