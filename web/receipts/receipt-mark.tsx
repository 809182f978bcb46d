import type { JSX } from 'preact';
import type { Line, LineState } from '../conversation/line';
import { useRoom } from '../conversation/room-context';
import { Icon, type IconName } from '../ui/icon';
import { isLive } from '../ui/offline';
import { type Openings, openedWords, type ReceiptStage, receiptWords, stageOf } from './receipt';
import { useReceipt } from './use-receipt';

const onItsWay = {
  uploading: { icon: 'clock', label: 'Uploading' },
  waiting: { icon: 'clock', label: 'Waiting' },
  stale: { icon: 'warning', label: 'Not sent yet' },
  failed: { icon: 'warning', label: 'Not sent' },
} as const satisfies Record<Exclude<LineState['kind'], 'accepted'>, { icon: IconName; label: string }>;

const stageIcons = { sent: 'check', delivered: 'checks', read: 'seen' } as const satisfies Record<ReceiptStage, IconName>;

/** How far an own line has got, as a sign that is read aloud in words. */
export function ReceiptMark({ line }: { line: Line }): JSX.Element {
  return line.state.kind === 'accepted' ? <AcceptedMark line={line} /> : <Mark {...onItsWay[line.state.kind]} />;
}

/** Follows the receipts by itself, so that a reading draws the sign anew and not the line. */
function AcceptedMark({ line }: { line: Line }): JSX.Element {
  const { receipt, openings, isGroup } = useReceipt(line);
  if (isOpened(line, openings)) return <Mark icon="opened" label={openedWords(openings, isGroup)} />;
  return <Mark icon={stageIcons[stageOf(receipt)]} label={receiptWords(receipt, isGroup)} />;
}

const isOpened = ({ once }: Line, { count }: Openings) => once !== null && count > 0;

function Mark({ icon, label }: { icon: IconName; label: string }): JSX.Element {
  return (
    <span class="state-mark" role="img" aria-label={label} title={label} data-testid="receipt">
      <Icon name={icon} size={15} />
    </span>
  );
}

/** The same in words, below the newest own line. */
export function ReceiptCaption({ line }: { line: Line }): JSX.Element {
  const { receipt, openings, isGroup } = useReceipt(line);
  return (
    <p class="receipt-caption" aria-hidden="true" data-testid="receipt-words">
      {isOpened(line, openings) ? openedWords(openings, isGroup) : receiptWords(receipt, isGroup)}
    </p>
  );
}

/** Of a line that is on its way. Most are gone before it is to be seen. */
export function WaitingCaption(): JSX.Element {
  const { phase } = useRoom();
  return (
    <p class="receipt-caption is-late" aria-hidden="true">
      {isLive(phase.value) ? 'Sending' : 'Waiting for a connection'}
    </p>
  );
}
