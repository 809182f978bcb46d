import type { JSX } from 'preact';
import { useAccount } from '../app';
import type { Line } from '../conversation/line';
import { useRoom } from '../conversation/room-context';
import { UploadStatus } from '../media/upload-status';
import { useReceipt } from '../receipts/use-receipt';
import { Icon } from '../ui/icon';
import { type OnceWords, wordsForRecipient, wordsForSender } from './once-words';
import './once.css';

export interface OnceBodyProps {
  readonly line: Line;
  readonly isOwn: boolean;
  open(): void;
}

/** A view-once line: what it is and how it stands, never what it says. */
export function OnceBody({ line, isOwn, open }: OnceBodyProps): JSX.Element {
  return isOwn ? <Sent line={line} /> : <Received line={line} open={open} />;
}

function Received({ line, open }: Omit<OnceBodyProps, 'isOwn'>): JSX.Element {
  const { membership } = useRoom();
  const { wire } = useAccount();
  const words = wordsForRecipient(line, membership.chat.value?.is_group ?? false, wire.clock.now());
  if (!words.canOpen) return <Standing words={words} isDone />;
  return (
    <button type="button" class="once-open" data-testid="once-open" onClick={open}>
      <Standing words={words} />
    </button>
  );
}

function Sent({ line }: { line: Line }): JSX.Element {
  const room = useRoom();
  const { wire } = useAccount();
  const { openings } = useReceipt(line);
  const isGroup = room.membership.chat.value?.is_group ?? false;
  return (
    <>
      <Standing words={wordsForSender(line, openings, isGroup, wire.clock.now())} isDone={line.end !== null} />
      {line.state.kind === 'uploading' && <UploadStatus stage={line.state.stage} cancel={() => room.discard(line.id)} />}
    </>
  );
}

function Standing({ words, isDone = false }: { words: OnceWords; isDone?: boolean }): JSX.Element {
  return (
    <span class="once" data-done={isDone} data-testid="once">
      <Icon name={isDone ? 'opened' : 'once'} />
      <span class="once-text">
        <span class="once-kind">{words.kind}</span>
        <span class="once-standing">{words.standing}</span>
      </span>
    </span>
  );
}
