import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { useAccount } from '../app';
import { assertNever } from '../assert-never';
import { systemWords } from '../chats/chat-words';
import { LineMenu, type OpenMenu } from '../line-menu/line-menu';
import { useReadWatch } from '../receipts/use-read-watch';
import { Icon } from '../ui/icon';
import { dayWords } from '../ui/time-words';
import { ConversationStart } from './conversation-start';
import { type LineDoors, LineView } from './line-view';
import { useNames, useRoom } from './room-context';
import { type Row, toRows } from './rows';
import { useScrollKeeper } from './use-scroll-keeper';
import './line-log.css';

/** Older lines are fetched before the reader reaches them, in pixels. */
const loadAheadPx = 600;

export interface LineLogProps {
  openPicture(lineId: string): void;
  openOnce(lineId: string): void;
}

/** The lines of a conversation, oldest above. */
export function LineLog({ openPicture, openOnce }: LineLogProps): JSX.Element {
  const room = useRoom();
  const { me } = useAccount();
  const lines = room.lines.value;
  const rows = useMemo(() => toRows(lines, me.id), [lines, me.id]);
  const { scrollerRef, contentRef, isAtEnd, jumpToEnd, noteScroll } = useScrollKeeper(rows);
  useReadWatch(scrollerRef, rows, (id, seq) => room.receipts.reporter.read(id, seq));
  const hasOlder = room.hasOlder.value;
  const isLoadingOlder = room.isLoadingOlder.value;
  const couldNotLoad = room.couldNotLoadOlder.value;

  const loadNearTop = () => {
    if ((scrollerRef.current?.scrollTop ?? 0) < loadAheadPx && !room.couldNotLoadOlder.peek()) void room.loadOlder();
  };
  useEffect(loadNearTop, [lines, hasOlder, isLoadingOlder]);

  const lastLine = lines.at(-1);
  const ownSendingId = lastLine !== undefined && lastLine.state.kind !== 'accepted' ? lastLine.id : null;
  useLayoutEffect(() => {
    if (ownSendingId !== null) jumpToEnd();
  }, [ownSendingId]);

  const menu = useSignal<OpenMenu | null>(null);
  const doors: LineDoors = {
    openPicture,
    openOnce,
    openMenu: (lineId, anchor) => {
      menu.value = { lineId, anchor };
    },
    jumpTo: (lineId) => flash(scrollerRef.current?.querySelector(`[data-row="${CSS.escape(lineId)}"]`) ?? null),
  };
  const captioned = lines.findLast(({ senderId, state, end, type }) => {
    return senderId === me.id && type !== 'system' && state.kind === 'accepted' && end === null;
  });

  const seenUpTo = useRef(0);
  if (isAtEnd.value) seenUpTo.current = lastLine?.seq ?? seenUpTo.current;
  const unseen = isAtEnd.value ? 0 : lines.filter(({ seq, senderId }) => (seq ?? 0) > seenUpTo.current && senderId !== me.id).length;

  return (
    <div class="log-frame">
      <div
        ref={scrollerRef}
        class="log-scroll"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        tabIndex={0}
        onScroll={() => {
          noteScroll();
          loadNearTop();
        }}
      >
        <div
          ref={contentRef}
          class="log"
          role="log"
          aria-label="Messages"
          // History that is put in above is not news.
          aria-live={isLoadingOlder ? 'off' : 'polite'}
          aria-relevant="additions"
          data-testid="message-log"
        >
          {isLoadingOlder && <p class="log-note">Loading older messages…</p>}
          {couldNotLoad && (
            <p class="log-note">
              Older messages could not be loaded.{' '}
              <button type="button" class="link-button" onClick={() => room.loadOlder()}>
                Try again
              </button>
            </p>
          )}
          {!hasOlder && <ConversationStart isEmpty={lines.every(({ type }) => type === 'system')} />}
          {rows.map((row) => (
            <RowView key={row.key} row={row} doors={doors} captionedId={captioned?.id} />
          ))}
        </div>
      </div>
      {!isAtEnd.value && (
        <button
          type="button"
          class="jump-button"
          aria-label={unseen > 0 ? `${unseen} new, go to the newest` : 'Go to the newest'}
          onClick={jumpToEnd}
        >
          {unseen > 0 && <span class="badge">{unseen}</span>}
          <Icon name="down" />
        </button>
      )}
      <LineMenu
        open={menu.value}
        close={() => {
          menu.value = null;
        }}
      />
    </div>
  );
}

/** Brings a line into sight and lets it be noticed. */
function flash(line: Element | null): void {
  if (line === null) return;
  line.scrollIntoView({ block: 'center' });
  line.classList.remove('is-found');
  // Without a layout in between, the animation would not begin anew.
  line.getBoundingClientRect();
  line.classList.add('is-found');
}

function RowView({ row, doors, captionedId }: { row: Row; doors: LineDoors; captionedId: string | undefined }): JSX.Element {
  const nameOf = useNames();
  const { wire } = useAccount();
  switch (row.kind) {
    case 'day':
      return (
        <p class="day" data-row={row.key}>
          <span>{dayWords(row.at, wire.clock.now())}</span>
        </p>
      );
    case 'system':
      return (
        <p class="system-line" data-row={row.key} data-testid="system-line">
          {row.line.system === null ? '' : systemWords(row.line.system, nameOf)}
        </p>
      );
    case 'line':
      return <LineView row={row} doors={doors} hasCaption={row.line.id === captionedId} />;
    default:
      return assertNever(row);
  }
}
