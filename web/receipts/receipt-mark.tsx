import type { JSX } from 'preact';
import type { Line, LineState } from '../conversation/line';
import { Icon, type IconName } from '../ui/icon';
import { type ReceiptStage, receiptWords, stageOf } from './receipt';
import { useReceipt } from './use-receipt';

const onItsWay = {
  uploading: { icon: 'clock', label: 'Uploading' },
  waiting: { icon: 'clock', label: 'Sending' },
  failed: { icon: 'warning', label: 'Not sent' },
} as const satisfies Record<Exclude<LineState['kind'], 'accepted'>, { icon: IconName; label: string }>;

const stageIcons = { sent: 'check', delivered: 'checks', read: 'seen' } as const satisfies Record<ReceiptStage, IconName>;

/** How far an own line has got, as a sign that is read aloud in words. */
export function ReceiptMark({ line }: { line: Line }): JSX.Element {
  return line.state.kind === 'accepted' ? <AcceptedMark line={line} /> : <Mark {...onItsWay[line.state.kind]} />;
}

/** Follows the receipts by itself, so that a reading draws the sign anew and not the line. */
function AcceptedMark({ line }: { line: Line }): JSX.Element {
  const { receipt, isGroup } = useReceipt(line);
  return <Mark icon={stageIcons[stageOf(receipt)]} label={receiptWords(receipt, isGroup)} />;
}

function Mark({ icon, label }: { icon: IconName; label: string }): JSX.Element {
  return (
    <span class="state-mark" role="img" aria-label={label} title={label} data-testid="receipt">
      <Icon name={icon} size={15} />
    </span>
  );
}

/** The same in words, below the newest own line. */
export function ReceiptCaption({ line }: { line: Line }): JSX.Element {
  const { receipt, isGroup } = useReceipt(line);
  return (
    <p class="receipt-caption" aria-hidden="true" data-testid="receipt-words">
      {receiptWords(receipt, isGroup)}
    </p>
  );
}
