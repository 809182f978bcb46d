import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useAccount } from '../app';
import { Countdown } from '../expiry/countdown';
import { PictureBox } from '../pictures/picture-box';
import { ReceiptMark } from '../receipts/receipt-mark';
import { Avatar, hueOf } from '../ui/avatar';
import { codeWords } from '../ui/problem-words';
import { clockTime } from '../ui/time-words';
import type { Line } from './line';
import { LineText } from './line-text';
import { useNames, useRoom } from './room-context';
import type { Row } from './rows';
import './line.css';

/** Only a line this new is seen to arrive; history is simply there. */
const freshMs = 1_500;

export interface LineViewProps {
  readonly row: Extract<Row, { kind: 'line' }>;
  openPicture(lineId: string): void;
}

/** One line of somebody: a bubble with text or a picture, its time, what is left of it, and how far it has got. */
export function LineView({ row, openPicture }: LineViewProps): JSX.Element {
  const room = useRoom();
  const nameOf = useNames();
  const { line, isOwn, isFirst, isLast } = row;
  const showsAuthor = !isOwn && room.membership.chat.value?.is_group === true;
  const author = nameOf(line.senderId);
  const { clock } = useAccount().wire;
  const [isFresh] = useState(() => clock.now() - line.createdAt < freshMs);
  const isPicture = line.type === 'image';
  return (
    <div
      class="line"
      data-row={line.id}
      data-read-seq={isOwn ? undefined : line.seq}
      data-testid="line"
      data-own={isOwn}
      data-first={isFirst}
      data-last={isLast}
      data-with-avatar={showsAuthor}
      data-state={line.state.kind}
      data-fresh={isFresh}
    >
      {showsAuthor && isLast && <Avatar name={author} id={line.senderId} size="small" />}
      <div class="line-body">
        <div class={isPicture ? 'bubble bubble-picture' : 'bubble'}>
          {!showsAuthor && <span class="visually-hidden">{author}: </span>}
          {showsAuthor && (
            <span class={isFirst ? 'bubble-author' : 'visually-hidden'} data-hue={hueOf(line.senderId)}>
              {author}
            </span>
          )}
          {isPicture && (
            <PictureBox
              line={line}
              local={room.pictures.get(line.id)}
              open={() => openPicture(line.id)}
              cancel={() => room.discard(line.id)}
            />
          )}
          {line.type !== 'image' && line.type !== 'text' && <p class="bubble-unknown">This kind of message cannot be shown here yet.</p>}
          {line.text !== null && <LineText text={line.text} />}
          <span class="bubble-meta">
            {line.expiresAt !== null && <Countdown at={line.expiresAt} />}
            <time dateTime={new Date(line.createdAt).toISOString()}>{clockTime(line.createdAt)}</time>
            {isOwn && <ReceiptMark line={line} />}
          </span>
        </div>
        {line.state.kind === 'failed' && <Failure line={line} code={line.state.code} />}
      </div>
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
