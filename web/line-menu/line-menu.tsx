import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useAccount } from '../app';
import type { Line } from '../conversation/line';
import { useRoom } from '../conversation/room-context';
import { useAttempt } from '../conversation/trouble-strip';
import { ReactionChoices } from '../reactions/reaction-choices';
import { ReceiptsDialog } from '../receipts/receipts-dialog';
import { useReceipt } from '../receipts/use-receipt';
import { Confirm } from '../ui/confirm';
import { Menu, type MenuChoice } from '../ui/menu';
import { isUndoable, lineRights } from './line-choices';
import { useReader } from './use-reader';

/** Which line's menu is open, and where. */
export interface OpenMenu {
  readonly lineId: string;
  readonly anchor: Element;
}

export interface LineMenuProps {
  readonly open: OpenMenu | null;
  close(): void;
}

/** The menu of a line, and the dialogs it leads to. Everything closes when the line ends. */
export function LineMenu({ open, close }: LineMenuProps): JSX.Element | null {
  const room = useRoom();
  const deletingId = useSignal<string | null>(null);
  const receiptsId = useSignal<string | null>(null);
  const find = (id: string | null | undefined) => room.lines.value.find((line) => line.id === id);
  const line = find(open?.lineId);
  const deleting = find(deletingId.value);
  const detailed = find(receiptsId.value);
  return (
    <>
      {open !== null && line !== undefined && (
        <OfLine
          line={line}
          anchor={open.anchor}
          close={close}
          askDelete={() => {
            deletingId.value = line.id;
          }}
          showReceipts={() => {
            receiptsId.value = line.id;
          }}
        />
      )}
      {deleting !== undefined && deleting.end === null && (
        <Confirm
          title="Delete message"
          words="It disappears for everybody in this chat, and cannot be brought back."
          verb="Delete"
          run={() => room.actions.deleteLine(deleting.id)}
          close={() => {
            deletingId.value = null;
          }}
        />
      )}
      {detailed !== undefined && (
        <ReceiptsDialog
          line={detailed}
          close={() => {
            receiptsId.value = null;
          }}
        />
      )}
    </>
  );
}

interface OfLineProps {
  readonly line: Line;
  readonly anchor: Element;
  close(): void;
  askDelete(): void;
  showReceipts(): void;
}

function OfLine({ line, anchor, close, askDelete, showReceipts }: OfLineProps): JSX.Element {
  const room = useRoom();
  const { me, wire } = useAccount();
  const attempt = useAttempt();
  const { receipt } = useReceipt(line);
  const rights = lineRights(line, useReader(), wire.clock.now());
  const choices: MenuChoice[] = [];
  if (rights.reply) choices.push({ label: 'Reply', icon: 'reply', run: () => room.actions.reply(line.id) });
  if (rights.copy) {
    choices.push({ label: 'Copy', icon: 'copy', run: () => attempt('Not copied.', () => navigator.clipboard.writeText(line.text ?? '')) });
  }
  if (rights.edit) choices.push({ label: 'Edit', icon: 'edit', run: () => room.actions.startEditing(line) });
  if (rights.seeReceipts) choices.push({ label: 'Details', icon: 'info', run: showReceipts });
  const canUndo = () => isUndoable(line, me.id, receipt, wire.clock.now());
  if (rights.delete && canUndo()) {
    // Nobody has seen it: there is nothing to be sure of, and little time. Too late by the time it is chosen, it is a deletion like any.
    const undo = () => attempt('The message was not taken back.', () => room.actions.deleteLine(line.id));
    choices.push({ label: 'Undo sending', icon: 'undo', run: () => (canUndo() ? undo() : askDelete()) });
  } else if (rights.delete) choices.push({ label: 'Delete', icon: 'trash', isDanger: true, run: askDelete });
  return (
    <Menu label="Message" anchor={anchor} choices={choices} close={close}>
      {rights.react && (
        <ReactionChoices
          reactions={line.reactions}
          pick={(emoji) => {
            close();
            attempt('No reaction was sent.', () => room.actions.react(line.id, emoji));
          }}
        />
      )}
    </Menu>
  );
}
