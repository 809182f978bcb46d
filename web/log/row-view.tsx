import { Component, type JSX } from 'preact';
import { useAccount } from '../app';
import { assertNever } from '../assert-never';
import { systemWords } from '../chats/chat-words';
import { ConversationStart } from '../conversation/conversation-start';
import type { Missing } from '../conversation/history';
import { type LineDoors, LineView } from '../conversation/line-view';
import { useNames, useRoom } from '../conversation/room-context';
import type { Row } from '../conversation/rows';
import { dayWords } from '../ui/time-words';

export interface RowViewProps {
  readonly row: Row;
  readonly doors: LineDoors;
  /** Whether the receipt of this line is told in words below it. */
  readonly hasCaption: boolean;
  /** Whether Tab leads to this row. */
  readonly isActive: boolean;
  /** Kept for its focus alone, far from what is visible. */
  readonly isPinned: boolean;
}

/** A row at its place in the log. Rendered anew only when it is another one: scrolling must not cost what stands still. */
export class RowView extends Component<RowViewProps> {
  override shouldComponentUpdate(next: RowViewProps): boolean {
    const { row, doors, hasCaption, isActive, isPinned } = this.props;
    return (
      next.row !== row || next.doors !== doors || next.hasCaption !== hasCaption || next.isActive !== isActive || next.isPinned !== isPinned
    );
  }

  override render({ row, isPinned, ...props }: RowViewProps): JSX.Element {
    return (
      <div class={isPinned ? 'log-row is-pinned' : 'log-row'} data-key={row.key}>
        <Content row={row} {...props} />
      </div>
    );
  }
}

function Content({ row, doors, hasCaption, isActive }: Omit<RowViewProps, 'isPinned'>): JSX.Element {
  const nameOf = useNames();
  const { clock } = useAccount().wire;
  switch (row.kind) {
    case 'start':
      return <ConversationStart isEmpty={row.isEmpty} />;
    case 'older':
      return <Loading places={['older']} label="Loading older messages…" />;
    case 'gap':
      return <Loading places={['from', 'to']} label="Loading messages…" />;
    case 'day':
      return (
        <p class="day">
          <span>{dayWords(row.at, clock.now())}</span>
        </p>
      );
    case 'unread':
      return (
        <p class="unread-divider" data-testid="unread-divider">
          <span>New messages</span>
        </p>
      );
    case 'system': {
      const words = row.line.system === null ? '' : systemWords(row.line.system, nameOf);
      return (
        <article class="system-line" aria-label={words} tabIndex={isActive ? 0 : -1} data-testid="system-line">
          {words}
        </article>
      );
    }
    case 'line':
      return <LineView row={row} doors={doors} hasCaption={hasCaption} isActive={isActive} />;
    default:
      return assertNever(row);
  }
}

/** Stands where lines are missing. */
function Loading({ places, label }: { places: readonly Missing[]; label: string }): JSX.Element {
  const { history } = useRoom();
  const failed = places.filter((place) => history.failed.value.has(place));
  if (failed.length === 0) return <p class="log-note">{label}</p>;
  return (
    <p class="log-note">
      Messages could not be loaded.{' '}
      <button
        type="button"
        class="link-button"
        onClick={() => {
          for (const place of failed) void history.load(place);
        }}
      >
        Try again
      </button>
    </p>
  );
}
