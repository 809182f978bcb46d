import { act } from './deeds';
import { pick } from './list-run';
import type { Operation } from './operations';
import type { InboxRun } from './run';

/** Lets one thing happen, and the model follow. */
export async function perform(run: InboxRun, operation: Operation): Promise<void> {
  await happen(run, operation);
  run.tally.add(operation.kind);
  run.check();
}

async function happen(run: InboxRun, operation: Operation): Promise<void> {
  switch (operation.kind) {
    case 'advance':
      return run.machine.advance(operation.ms);
    case 'settle':
      return run.machine.settle();
    case 'steps':
      for (let count = 0; count < operation.count && (await run.machine.step()); count += 1);
      return;
    case 'mood':
      objectOf(run, operation).mood = operation.mood;
      return;
    case 'disk':
      run.inbox(run.user(operation.user).id).isDiskSlow = operation.isSlow;
      return;
    case 'crash': {
      const object = objectOf(run, operation);
      // What a room makes of its own crashes is tried elsewhere: here what it said is said.
      if (object.kind === 'room') await run.machine.flush(object);
      else if (object.storage.isBehind) run.tally.add('crashes in the middle of a commit');
      return run.machine.crash(object);
    }
    case 'evict':
      return run.machine.evict(objectOf(run, operation));
    default:
      return act(run, operation);
  }
}

function objectOf(run: InboxRun, { of, which }: { readonly of: 'inbox' | 'room'; readonly which: number }) {
  return of === 'inbox' ? run.inbox(run.user(which).id) : run.room(pick(run.chats, which));
}
