import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type * as v from 'valibot';
import type { receiptsAnswer } from '../../src/protocol/rest';
import { useAccount } from '../app';
import type { Line } from '../conversation/line';
import { PersonAvatar } from '../conversation/person-avatar';
import { useNames, useRoom } from '../conversation/room-context';
import { Dialog } from '../ui/dialog';
import { FormProblem } from '../ui/form-problem';
import { problemWords } from '../ui/problem-words';
import { momentWords } from '../ui/time-words';
import { erasedWords } from './erased-words';
import './receipts.css';

type Entry = v.InferOutput<typeof receiptsAnswer>['receipts'][number];

const stateWords = { sent: 'Sent', delivered: 'Delivered', read: 'Read', viewed: 'Opened' } as const satisfies Record<
  Entry['state'],
  string
>;

/** Who got an own line, who read it, who opened it, and when. */
export function ReceiptsDialog({ line, close }: { line: Line; close(): void }): JSX.Element {
  const { actions, receipts } = useRoom();
  const { wire } = useAccount();
  const nameOf = useNames();
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [isLoading, setLoading] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);

  const load = async (from: string | null) => {
    setLoading(true);
    setProblem(null);
    try {
      const page = await actions.receiptsOf(line.id, from);
      setEntries((before) => (from === null ? page.receipts : [...before, ...page.receipts]));
      setCursor(page.next_cursor);
    } catch (error) {
      setProblem(problemWords(error));
    } finally {
      setLoading(false);
    }
  };
  // What moved while the dialog is open is asked for anew: the page does not know the moments.
  useEffect(() => void load(null), [line.id, receipts.cursors.value, receipts.views.value]);

  const now = wire.clock.now();
  return (
    <Dialog title="Message details" close={close}>
      <p class="receipts-sent">
        Sent {momentWords(line.createdAt, now)}
        {line.erasedAt !== null && `, ${erasedWords(line.erasedAt, now)}`}
      </p>
      <ul class="receipts" aria-label="Recipients" data-testid="receipt-list">
        {entries.map(({ user_id, state, at, views }) => (
          <li key={user_id} class="receipt-entry">
            <PersonAvatar id={user_id} />
            <span class="receipt-name">{nameOf(user_id)}</span>
            <span class="receipt-state">
              {stateWords[state]}
              {views > 1 && ` ${views} times`}
              {at !== null && state !== 'sent' && ` ${momentWords(at, now)}`}
            </span>
          </li>
        ))}
      </ul>
      <FormProblem words={problem} />
      {isLoading && entries.length === 0 && <p role="status">Loading…</p>}
      {problem !== null && (
        <button type="button" class="button" onClick={() => load(null)}>
          Try again
        </button>
      )}
      {cursor !== null && (
        <button type="button" class="button" disabled={isLoading} onClick={() => load(cursor)}>
          Show more
        </button>
      )}
    </Dialog>
  );
}
