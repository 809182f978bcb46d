import { tombstoneRetentionMs } from '../protocol/limits';
import { endMessage, reasonOfEnd } from './ending';
import { settleViews } from './opening';
import { dropSpentMarks, endCopies } from './reading';
import type { Turn } from './turn';
import { endMedium } from './uploads';

/** Rows one slice works off: some 5 ms, of the 50 that the room may be held when thousands end at one moment. */
const sliceRows = 100;

/** A step of the alarm: one slice of one kind of what is due. */
export interface UpkeepStep {
  readonly name: string;
  readonly run: (turn: Turn) => void;
}

/** What the alarm does, each step in a transaction of its own: one that fails does not starve the others. */
export const upkeepSteps: readonly UpkeepStep[] = [
  /** [EXP-4] */
  {
    name: 'messages',
    run(turn) {
      for (const message of turn.room.store.messages.due(turn.now, sliceRows)) {
        endMessage(turn, message, { at: message.endsAt ?? turn.now, reason: reasonOfEnd(turn.room, message), by: null, undone: false });
      }
    },
  },
  { name: 'copies', run: endCopies },
  { name: 'spent readings', run: dropSpentMarks },
  { name: 'views', run: settleViews },
  /** [MEDIA-3] */
  {
    name: 'unattached media',
    run(turn) {
      for (const id of turn.room.store.media.due(turn.now, sliceRows)) endMedium(turn.room, id, turn.now);
    },
  },
  /** [EXP-4] */
  {
    name: 'tombstones',
    run(turn) {
      if (turn.room.store.purgeTombstones(turn.now - tombstoneRetentionMs, sliceRows) > 0) turn.room.reloadFacts();
    },
  },
];
