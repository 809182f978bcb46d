import { assertNever } from '../assert-never';
import type { Env } from '../config';
import type { Job } from '../job-store';
import { roomOf } from '../objects';
import type { ErrandKind } from './store';

/** Does one errand. At least once: everything here may be done again without harm. */
export async function performErrand(env: Env, { kind, key }: Job<ErrandKind>): Promise<void> {
  switch (kind) {
    case 'end_session': {
      const [sid = '', chatId = ''] = key.split(' ');
      return roomOf(env, chatId).endSession(sid);
    }
    default:
      return assertNever(kind);
  }
}
