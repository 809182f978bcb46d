import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ChatSummary } from '../../src/protocol/models';
import { ChatRow } from './chat-row';
import { visibleRows } from './visible-rows';

export interface ChatRowsProps {
  readonly chats: readonly ChatSummary[];
  /** Whether there are more that are not loaded. */
  readonly hasMore: boolean;
  readonly openId: string | null;
}

/** Rows of chats inside of a `.chats-scroll`. Of thousands only those near what is visible are in the page: all are of one height. */
export function ChatRows({ chats, hasMore, openId }: ChatRowsProps): JSX.Element {
  const top = useRef<HTMLLIElement>(null);
  const rowPx = useSignal(0);
  const rows = useSignal(visibleRows(chats.length, 0, 0, 0));
  const { start, end } = rows.value;

  useLayoutEffect(() => {
    const spacer = top.current;
    const scroller = spacer?.closest('.chats-scroll');
    if (!spacer || !scroller) return;
    const look = () => {
      rowPx.value = spacer.nextElementSibling?.getBoundingClientRect().height ?? 0;
      const scrolled = scroller.getBoundingClientRect().top - spacer.getBoundingClientRect().top;
      const next = visibleRows(chats.length, rowPx.value, scrolled, scroller.clientHeight);
      if (next.start !== rows.peek().start || next.end !== rows.peek().end) rows.value = next;
    };
    // More have come: what is below the last of those before is visible already.
    if (rowPx.peek() > 0) look();
    // It tells of the first size too, once the browser knows it by itself, and of a pane that is shown after all.
    const observer = new ResizeObserver(look);
    observer.observe(scroller);
    scroller.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener('scroll', look);
    };
  }, [chats.length]);

  return (
    <>
      <li ref={top} aria-hidden="true" style={{ height: `${start * rowPx.value}px` }} />
      {chats.slice(start, end).map((chat, index) => (
        <ChatRow
          key={chat.id}
          chat={chat}
          isOpen={chat.id === openId}
          place={{ at: start + index + 1, of: hasMore ? null : chats.length }}
        />
      ))}
      <li aria-hidden="true" style={{ height: `${Math.max(0, chats.length - end) * rowPx.value}px` }} />
    </>
  );
}
