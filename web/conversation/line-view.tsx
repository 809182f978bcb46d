import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { useAccount } from '../app';
import { FoldButton, useFold } from '../blocks/folded';
import { LifeLeft } from '../expiry/life-left';
import { hasRights, lineRights } from '../line-menu/line-choices';
import { useDoubleTap } from '../line-menu/use-double-tap';
import { useLongPress } from '../line-menu/use-long-press';
import { useReader } from '../line-menu/use-reader';
import { useSwipe } from '../line-menu/use-swipe';
import { lineWords } from '../log/line-words';
import { MediumBody } from '../media/medium-body';
import { OnceBody } from '../once/once-body';
import { ReactionRow } from '../reactions/reaction-row';
import { ownReaction, quickEmoji } from '../reactions/reactions';
import { erasedWords } from '../receipts/erased-words';
import { ReceiptCaption, ReceiptMark, WaitingCaption } from '../receipts/receipt-mark';
import { Quote } from '../reply/quote';
import { hueOf } from '../ui/avatar';
import { Icon } from '../ui/icon';
import { codeWords } from '../ui/problem-words';
import { clockTime, momentWords } from '../ui/time-words';
import type { Line } from './line';
import { LineText } from './line-text';
import { PersonAvatar } from './person-avatar';
import { useNames, useRoom } from './room-context';
import type { Row } from './rows';
import { useAttempt } from './trouble-strip';
import './line.css';

/** Only a line this new is seen to arrive; history is simply there. */
const freshMs = 1_500;
const dayMs = 24 * 60 * 60 * 1000;

/** Where a line leads. */
export interface LineDoors {
  openPicture(lineId: string): void;
  openOnce(lineId: string): void;
  openMenu(lineId: string, anchor: Element): void;
  jumpTo(lineId: string): void;
}

export interface LineViewProps {
  readonly row: Extract<Row, { kind: 'line' }>;
  readonly doors: LineDoors;
  /** Whether its receipt is told in words below it. */
  readonly hasCaption: boolean;
  /** Whether Tab leads to it. */
  readonly isActive: boolean;
}

/** One line of somebody: a bubble with what it says, its time, what is left of it, and how far it has got. */
export function LineView({ row, doors, hasCaption, isActive }: LineViewProps): JSX.Element {
  const { membership, actions } = useRoom();
  const nameOf = useNames();
  const { line, isOwn, isFirst, isLast } = row;
  const showsAuthor = !isOwn && membership.chat.value?.is_group === true;
  const fold = useFold(line);
  const { me, wire } = useAccount();
  const { clock } = wire;
  const rights = lineRights(line, useReader(), clock.now());
  const { swipe, handlers } = useSwipe(rights.reply, () => actions.reply(line.id));
  const attempt = useAttempt();
  const toggleReaction = () => {
    const emoji = ownReaction(line.reactions, me.id) === null ? quickEmoji : null;
    attempt('The reaction was not changed.', () => actions.react(line.id, emoji));
  };
  const [isFresh] = useState(() => clock.now() - line.createdAt < freshMs);
  return (
    <article
      class="line"
      aria-label={`${nameOf(line.senderId)}, ${clockTime(line.createdAt)}: ${lineWords(line)}`}
      aria-setsize={-1}
      aria-posinset={line.seq ?? undefined}
      tabIndex={isActive ? 0 : -1}
      data-row={line.id}
      data-read-seq={isOwn ? undefined : line.seq}
      data-testid="line"
      data-own={isOwn}
      data-first={isFirst}
      data-last={isLast}
      data-with-avatar={showsAuthor}
      data-state={line.state.kind}
      data-ended={line.end !== null}
      data-fresh={isFresh}
      data-swipe={swipe}
      {...handlers}
    >
      {swipe !== 'none' && (
        <span class="line-swipe">
          <Icon name="reply" size={20} />
        </span>
      )}
      {showsAuthor && isLast && <PersonAvatar id={line.senderId} />}
      <div class="line-body">
        <BubbleFrame
          line={line}
          hasMenu={hasRights(rights)}
          isFolded={fold === 'folded'}
          openMenu={(anchor) => doors.openMenu(line.id, anchor)}
          tappedTwice={() => {
            if (rights.react && fold !== 'folded') toggleReaction();
          }}
        >
          <Author id={line.senderId} name={nameOf(line.senderId)} isVisible={showsAuthor && isFirst} />
          {fold !== null && <FoldButton line={line} isFolded={fold === 'folded'} />}
          {fold !== 'folded' && <Content line={line} isOwn={isOwn} nameOf={nameOf} doors={doors} />}
          <span class="bubble-meta">
            {line.isEdited && line.end === null && <span>edited</span>}
            {line.end === null && (line.once === null || isLastDay(line, clock.now())) && <LifeLeft line={line} />}
            <time dateTime={new Date(line.createdAt).toISOString()}>{clockTime(line.createdAt)}</time>
            {isOwn && line.end === null && <ReceiptMark line={line} />}
          </span>
        </BubbleFrame>
        {fold !== 'folded' && line.reactions.length > 0 && <ReactionRow line={line} />}
        {line.state.kind === 'failed' && <Failure line={line} code={line.state.code} />}
        {line.state.kind === 'stale' && <Question line={line} writtenAt={line.state.writtenAt} />}
        {line.state.kind === 'waiting' && isLast && <WaitingCaption />}
        {hasCaption && <ReceiptCaption line={line} />}
      </div>
    </article>
  );
}

/** Until then a view-once line says in words how many days it has left. */
const isLastDay = ({ expiresAt }: Line, now: number) => expiresAt !== null && expiresAt - now < dayMs;

function Author({ id, name, isVisible }: { id: string; name: string; isVisible: boolean }): JSX.Element {
  if (!isVisible) return <span class="visually-hidden">{name}: </span>;
  return (
    <span class="bubble-author" data-hue={hueOf(id)}>
      {name}
    </span>
  );
}

interface BubbleFrameProps {
  readonly line: Line;
  readonly hasMenu: boolean;
  readonly isFolded: boolean;
  readonly children: (JSX.Element | false)[];
  openMenu(anchor: Element): void;
  tappedTwice(): void;
}

/** The bubble, and the ways to its menu: a button beside it, or a finger that rests on it. */
function BubbleFrame({ line, hasMenu, isFolded, children, openMenu, tappedTwice }: BubbleFrameProps): JSX.Element {
  const frameRef = useRef<HTMLDivElement>(null);
  const press = useLongPress(() => {
    if (hasMenu && frameRef.current !== null) openMenu(frameRef.current);
  });
  const taps = useDoubleTap(tappedTwice);
  const look = isFolded ? 'bubble' : lookOf(line);
  return (
    <div ref={frameRef} class="bubble-frame" {...press}>
      <div class={look} {...taps}>
        {children}
      </div>
      {hasMenu && (
        <button
          type="button"
          class="icon-button line-more"
          aria-label="Message actions"
          aria-haspopup="menu"
          tabIndex={-1}
          onClick={(event) => openMenu(event.currentTarget)}
        >
          <Icon name="more" size={20} />
        </button>
      )}
    </div>
  );
}

function lookOf(line: Line): string {
  if (line.once !== null) return 'bubble bubble-once';
  return (line.type === 'image' || line.type === 'video') && line.end === null ? 'bubble bubble-picture' : 'bubble';
}

interface ContentProps {
  readonly line: Line;
  readonly isOwn: boolean;
  readonly doors: LineDoors;
  nameOf(userId: string): string;
}

/** What a line says, or what became of it. */
function Content({ line, isOwn, nameOf, doors }: ContentProps): JSX.Element {
  const { clock } = useAccount().wire;
  if (line.end?.reason === 'deleted') {
    const who = line.end.by === null ? 'Deleted' : `Deleted by ${nameOf(line.end.by).replace(/^You$/, 'you')}`;
    return <p class="bubble-gone">{line.erasedAt === null ? who : `${who} · ${erasedWords(line.erasedAt, clock.now())}`}</p>;
  }
  if (line.once !== null) return <OnceBody line={line} isOwn={isOwn} open={() => doors.openOnce(line.id)} />;
  return (
    <>
      {line.replyTo !== null && <Quote id={line.replyTo} jumpTo={doors.jumpTo} />}
      {line.type !== 'text' && <MediumBody line={line} openPicture={() => doors.openPicture(line.id)} />}
      {line.text !== null && <LineText text={line.text} />}
    </>
  );
}

/** [SYNC-5] What was right when it was written may not be now: its author decides. */
function Question({ line, writtenAt }: { line: Line; writtenAt: number }): JSX.Element {
  const room = useRoom();
  const { platform } = useAccount().wire;
  return (
    <div class="line-failure" data-testid="stale">
      <span>Written {momentWords(writtenAt, platform.now())}, not sent yet.</span>
      <button type="button" class="link-button" onClick={() => room.retry(line.id)}>
        Send now
      </button>
      <button type="button" class="link-button" onClick={() => room.discard(line.id)}>
        Delete
      </button>
    </div>
  );
}

function Failure({ line, code }: { line: Line; code: string }): JSX.Element {
  const room = useRoom();
  return (
    <div class="line-failure" role="alert">
      <span>Not sent. {codeWords(code)}</span>
      <button type="button" class="link-button" onClick={() => room.retry(line.id)}>
        Try again
      </button>
      <button type="button" class="link-button" onClick={() => room.discard(line.id)}>
        Delete
      </button>
    </div>
  );
}
