import { type Signal, useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useAccount } from '../app';
import { LineMenu, type OpenMenu } from '../line-menu/line-menu';
import { Announcer } from '../log/announcer';
import { FloatingDay } from '../log/floating-day';
import { JumpButton } from '../log/jump-button';
import { loadMissing } from '../log/load-missing';
import { LogScroll } from '../log/log-scroll';
import { RowView } from '../log/row-view';
import { useRowFocus } from '../log/use-row-focus';
import { useReadWatch } from '../receipts/use-read-watch';
import { isAway } from '../ui/offline';
import { useNextTask } from '../ui/use-next-task';
import type { LineDoors } from './line-view';
import { useRoom } from './room-context';
import { type Row, toRows, unreadKey } from './rows';
import { useAttempt } from './trouble-strip';
import './line-log.css';

export interface LineLogProps {
  /** Told whether lines are to be seen. */
  readonly shown: Signal<boolean>;
  openPicture(lineId: string): void;
  openOnce(lineId: string): void;
}

/** The lines of a conversation, oldest above: all that are held can be scrolled to, those near the screen are in the page. */
export function LineLog({ shown, openPicture, openOnce }: LineLogProps): JSX.Element {
  const room = useRoom();
  const { me } = useAccount();
  const attempt = useAttempt();
  const rows = useRows();
  const floatingDay = useSignal<number | null>(null);
  const [scroll] = useState(() => {
    const made = new LogScroll((view) => {
      const top = view.rows[view.first];
      floatingDay.value = top !== undefined && 'line' in top ? top.line.createdAt : null;
      loadMissing(room, view);
    });
    if (room.leftAt !== null) made.begin(room.leftAt.key, room.leftAt.top);
    return made;
  });
  // Read for its changes: each asks for another rendering.
  void room.history.loading.value;

  const scrollerRef = useRef<HTMLDivElement>(null);
  const logRef = useRef<HTMLDivElement>(null);
  const leadRef = useRef<HTMLDivElement>(null);
  const tailRef = useRef<HTMLDivElement>(null);
  const lines = room.lines.value;
  const isOpened = room.isOpened.value;
  // What is held is shown to who cannot be told of more.
  const isCutOff = isAway(room.phase.value);
  const wasOpened = useRef(false);
  if (isOpened && !wasOpened.current && rows.some(({ key }) => key === unreadKey)) scroll.begin(unreadKey, 'top');
  wasOpened.current = isOpened;
  // What would be seen before is not where the reader begins: nothing is rendered for that.
  const isShown = useNextTask(isOpened || isCutOff || (lines.length > 0 && room.unread.after.value === null));
  const { start, end } = isShown ? scroll.windowOf(rows) : { start: 0, end: 0 };
  const rendered = rows.slice(start, end);
  const { focusedKey, activeKey, handlers } = useRowFocus(rows, rendered, scroll);
  const pinned = rows.findIndex(({ key }) => key === focusedKey.value);
  const inPage = [
    ...(pinned !== -1 && pinned < start ? rows.slice(pinned, pinned + 1) : []),
    ...rendered,
    ...(pinned >= end ? rows.slice(pinned, pinned + 1) : []),
  ];

  useLayoutEffect(() => {
    const [scroller, log, lead, tail] = [scrollerRef.current, logRef.current, leadRef.current, tailRef.current];
    if (scroller === null || log === null || lead === null || tail === null) return;
    const detach = scroll.attach({ scroller, log, lead, tail });
    return () => {
      room.leftAt = scroll.readingPlace;
      detach();
    };
  }, [scroll]);
  const revision = scroll.revision.value;
  useLayoutEffect(() => {
    // A row that is higher or lower for another reason says so itself.
    if (isShown) scroll.settle();
    shown.value = isShown;
  }, [scroll, rows, start, end, isShown, isOpened, revision]);
  useReadWatch(scrollerRef, rendered, (id, seq) => {
    // Until then it is not where the reader begins.
    if (room.isOpened.peek()) room.receipts.looked(id, seq);
  });
  useLookingAway();

  const lastLine = lines.at(-1);
  const ownSendingId = lastLine !== undefined && lastLine.state.kind !== 'accepted' ? lastLine.id : null;
  useLayoutEffect(() => {
    if (ownSendingId !== null) scroll.goToEnd();
  }, [ownSendingId]);

  const menu = useSignal<OpenMenu | null>(null);
  const doors = useMemo<LineDoors>(
    () => ({
      openPicture,
      openOnce,
      openMenu: (lineId, anchor) => {
        menu.value = { lineId, anchor };
      },
      jumpTo: (lineId) =>
        attempt('The message could not be looked up.', async () => {
          if (!room.lineById.peek().has(lineId) && !(await room.history.goTo(lineId))) {
            room.trouble.value = 'That message is not here any more.';
            return;
          }
          scroll.goTo(lineId, 'middle', flash);
        }),
    }),
    [room, scroll],
  );
  const captioned = useComputed(
    () =>
      room.lines.value.findLast(
        ({ senderId, state, end, type }) => senderId === me.id && type !== 'system' && state.kind === 'accepted' && end === null,
      )?.id,
  );

  return (
    <div class="log-frame">
      <div ref={scrollerRef} class="log-scroll" data-opening={!isShown} data-testid="log-scroll" onScroll={() => scroll.scrolled()}>
        <div
          ref={logRef}
          class="log"
          role="feed"
          aria-label="Messages"
          aria-busy={!isOpened || room.history.loading.value.size > 0}
          data-testid="message-log"
          {...handlers}
        >
          <div ref={leadRef} />
          {inPage.map((row, index) => (
            <RowView
              key={row.key}
              row={row}
              doors={doors}
              hasCaption={row.key === captioned.value}
              isActive={row.key === activeKey}
              isPinned={inPage.length > rendered.length && index === (pinned < start ? 0 : inPage.length - 1)}
            />
          ))}
          <div ref={tailRef} />
        </div>
      </div>
      {isCutOff && !isOpened && lines.length === 0 && <AwayFromChat />}
      <FloatingDay at={floatingDay} isMoving={scroll.isMoving} />
      {!scroll.isAtEnd.value && <JumpButton jump={() => scroll.goToEnd()} />}
      <Announcer />
      <LineMenu
        open={menu.value}
        close={() => {
          menu.value = null;
        }}
      />
    </div>
  );
}

/** [SYNC-5] Without a network: nothing of a chat is kept on the device. */
function AwayFromChat(): JSX.Element {
  return (
    <div class="empty away-from-chat" data-testid="away-from-chat">
      <p>The messages of this chat are not kept on this device. They are back with the connection, and what you write is sent then.</p>
    </div>
  );
}

/** The rows of the open room; those that say what they said before are the same objects. */
function useRows(): readonly Row[] {
  const room = useRoom();
  const { me } = useAccount();
  const before = useRef<readonly Row[]>([]);
  const lines = room.lines.value;
  const hasOlder = room.history.hasOlder.value;
  const gapAfter = room.history.gap.value?.from ?? null;
  const unreadAfter = room.unread.after.value;
  const rows = useMemo(
    () => toRows(lines, { ownId: me.id, hasOlder, gapAfter, unreadAfter }, before.current),
    [lines, me.id, hasOlder, gapAfter, unreadAfter],
  );
  before.current = rows;
  return rows;
}

/** While the window is not looked at, what comes is new. */
function useLookingAway(): void {
  const room = useRoom();
  useEffect(() => {
    const look = () => (document.hasFocus() && document.visibilityState === 'visible' ? room.unread.lookBack() : room.unread.lookAway());
    addEventListener('focus', look);
    addEventListener('blur', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      removeEventListener('focus', look);
      removeEventListener('blur', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, [room]);
}

/** Lets a line be noticed that was brought to the screen. */
function flash(row: HTMLElement): void {
  const line = row.querySelector('.line');
  if (line === null) return;
  line.classList.remove('is-found');
  // Without a layout in between, the animation would not begin anew.
  line.getBoundingClientRect();
  line.classList.add('is-found');
}
