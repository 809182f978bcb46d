import { assertNever } from '../../../src/assert-never';
import type { DurableEvent } from '../../../src/room/dispatch';
import { isVisibleTo, recipientsOf } from '../model/clocks';
import { expectMessages, expectSame } from '../model/compare';
import { receiptOf, visibleMessages } from '../model/present';
import type { ModelMessage } from '../model/state';
import { eventOf, isOwn, pickRecent, targetOf } from './events';
import type { EventSpec, Operation } from './operations';
import type { Client, Run } from './run';

/** Longer than a day the outside does not stay away: each of its retries is simulated. */
const longestOutageMs = 60 * 60_000;

/** Does one operation, and checks all that can be checked at once. */
export async function perform(run: Run, operation: Operation): Promise<void> {
  run.tally.add(operation.kind);
  await act(run, operation);
  // While the disk stalls, what follows from it waits, and may never come.
  if (!run.room.isDiskSlow) await run.settle();
  run.check();
}

async function act(run: Run, operation: Operation): Promise<void> {
  switch (operation.kind) {
    case 'frame':
      return frame(
        run,
        clientOf(run, operation.client, operation.via === 'socket' ? isOnline : undefined),
        operation.via,
        operation.events,
      );
    case 'typing':
      return type(run, clientOf(run, operation.client, isOnline), operation.starts);
    case 'upload':
      return upload(run, clientOf(run, operation.client), operation.viewOnce, operation.isAdmitted);
    case 'serve':
      return serve(run, clientOf(run, operation.client), operation.which);
    case 'add':
    case 'remove':
    case 'role':
    case 'change':
      return administer(run, clientOf(run, operation.client), operation);
    case 'connect':
      return run.connect(
        clientOf(run, operation.client, (client) => !isOnline(client)),
        operation.from,
      );
    case 'disconnect':
      return run.disconnect(clientOf(run, operation.client, isOnline));
    case 'listen':
      return run.listen(clientOf(run, operation.client, isOnline), operation.listens);
    case 'end_session': {
      const { sid } = clientOf(run, operation.client);
      return run.endSession(sid);
    }
    case 'block':
      return run.decide(clientOf(run, operation.client).userId, operation.blocks);
    case 'create_again':
      return run.createAgain(clientOf(run, operation.client).userId);
    case 'receipts':
      return run.setReceipts(clientOf(run, operation.client).userId, operation.sends);
    case 'clear':
      return clear(run, clientOf(run, operation.client));
    case 'errand': {
      const errand = pickRecent(run.errands, operation.which, 6);
      return errand === undefined ? undefined : run.runErrand(errand);
    }
    case 'page':
      return page(run, clientOf(run, operation.client), operation.limit, operation.before);
    case 'advance':
      return advance(run, operation.ms, operation.isAlarmLate);
    case 'disk':
      return disk(run, operation.does);
    case 'outside':
      run.room.outside.mood = operation.mood;
      return;
    case 'strike': {
      const { does, during, steps } = operation;
      run.room.strike = { during, steps, happen: () => run[does]() };
      return;
    }
    case 'crash':
      return run.crash();
    case 'evict':
      return run.evict();
    default:
      assertNever(operation);
  }
}

/** Mostly a tab of a member, as `suits` it; now and then anybody's. */
function clientOf(run: Run, pick: number, suits: (client: Client) => boolean = () => true): Client {
  const members = run.clients.filter((client) => run.model.stayOf(client.userId) !== undefined && suits(client));
  const among = pick % 12 === 0 || members.length === 0 ? run.clients : members;
  const client = among[Math.floor(pick / 12) % among.length];
  if (client === undefined) throw new Error('There are no clients');
  return client;
}

const isOnline = ({ socket }: Client) => socket !== null;

// — what members say —

async function frame(run: Run, client: Client, via: 'socket' | 'rest' | 'post', specs: readonly EventSpec[]): Promise<void> {
  const { userId, sid } = client;
  const events = specs.map((spec) => eventOf(run, client, spec)).filter((event) => event !== null);
  if (events.length === 0) return;
  for (const event of events) run.tally.add(`event ${event.type}`);
  const requests = events.map((event) => ({ kind: 'event', userId, sid, event }) as const);
  const [first] = events;
  if (via === 'socket' && client.socket !== null) return run.sendFrame(client, requests);
  if (via === 'post' && first?.type === 'send_message') {
    return run.submit(
      requests.slice(0, 1),
      (room) => room.send({ userId, sid }, first),
      ({ message, created }, [outcome]) => {
        expectSame(
          '[SEND-2] whether a send made it',
          { kind: 'accepted', created },
          { kind: outcome?.kind, created: outcome?.kind === 'accepted' && outcome.created },
        );
        expectSame('[SEND-2] the message sent', [message.id, message.seq], [first.id, outcome?.kind === 'accepted' ? outcome.seq : null]);
      },
    );
  }
  await say(run, client, events);
}

/** The client's events in one call. */
async function say(run: Run, { userId, sid }: Client, events: DurableEvent[]): Promise<void> {
  await run.submit(
    events.map((event) => ({ kind: 'event', userId, sid, event })),
    (room) => room.takeEvents({ userId, sid }, events),
    (answers, outcomes) => {
      const expected = outcomes.filter(({ kind }) => kind !== 'done');
      expectSame('how many answers frames get', answers.length, expected.length);
      answers.forEach((answer, index) => void run.watch.answered(answer, expected[index], userId));
    },
  );
}

async function type(run: Run, { socket }: Client, starts: boolean): Promise<void> {
  if (socket !== null) await run.room.receive(socket, JSON.stringify({ type: starts ? 'typing_start' : 'typing_stop' }));
}

// — media —

async function upload(run: Run, { userId }: Client, viewOnce: boolean, isAdmitted: boolean): Promise<void> {
  const facts = run.mediumFacts(viewOnce);
  if (run.model.stayOf(userId) === undefined) return;
  run.media.push({ id: facts.id, userId, viewOnce });
  await run.notice({ kind: 'reserve_media', userId, mediaId: facts.id, viewOnce }, (room) => room.reserveMedia(userId, facts.id, viewOnce));
  if (isAdmitted) await run.notice({ kind: 'admit_media', userId, facts }, (room) => room.admitMedia(userId, facts));
}

async function serve(run: Run, client: Client, which: number): Promise<void> {
  // There is mostly no lease to ask under: first the client opens something.
  const isSealed = ({ maxViews, mediaId }: ModelMessage) => maxViews > 0 && mediaId !== null;
  const id = targetOf(run, client, which, (message, stay) => isSealed(message) && !isOwn(message, stay));
  if (id !== undefined) await say(run, client, [{ type: 'open_message', id }]);
  if (!run.room.isDiskSlow) await run.settle();
  const { messages, stays } = run.model.state;
  const leases = [...messages.values()].flatMap(({ views }) =>
    [...views].flatMap(([n, { lease, sid }]) =>
      lease === null ? [] : { lease, sid, userId: stays.find((stay) => stay.n === n)?.userId ?? '' },
    ),
  );
  const held = pickRecent(leases, which);
  if (held === undefined) return;
  const { lease } = held;
  // Now and then somebody else asks.
  const { userId, sid } = which % 4 === 0 ? client : held;
  run.tally.add('leases asked for');
  await run.submit(
    [{ kind: 'serve', userId, sid, lease }],
    (room) => room.serveLease(userId, sid, lease),
    (media, [outcome]) => {
      expectSame('[ONCE-6] the medium served', media, outcome?.kind === 'served' ? outcome.media : null);
      run.tally.add('bytes served');
    },
  );
}

// — the chat —

type Administration = Extract<Operation, { kind: 'add' | 'remove' | 'role' | 'change' }>;

async function administer(run: Run, { userId }: Client, operation: Administration): Promise<void> {
  const userOf = (index: number) => run.users[index % run.users.length]?.id ?? '';
  const verify = () => run.tally.add(`${operation.kind} done`);
  switch (operation.kind) {
    case 'add': {
      const userIds = [...new Set(operation.users.map(userOf))];
      const profiles = userIds.map((id) => run.profile(id));
      const facts = profiles.map(({ user, version, readReceipts }) => ({ userId: user.id, version, readReceipts }));
      return run.submit([{ kind: 'add', userId, profiles: facts }], (room) => room.addMembers(userId, profiles), verify);
    }
    case 'remove': {
      const memberId = operation.user === null ? userId : userOf(operation.user);
      return run.submit([{ kind: 'remove', userId, memberId }], (room) => room.removeMember(userId, memberId), verify);
    }
    case 'role': {
      const memberId = userOf(operation.user);
      const { role } = operation;
      return run.submit([{ kind: 'set_role', userId, memberId, role }], (room) => room.setRole(userId, memberId, role), verify);
    }
    case 'change': {
      const name = operation.name === null ? null : `Name ${operation.name}`;
      const { policy } = operation;
      return run.submit([{ kind: 'change', userId, name, policy }], (room) => room.changeChat(userId, { name, policy }), verify, {
        asksFirst: false,
      });
    }
    default:
      assertNever(operation);
  }
}

async function clear(run: Run, { userId }: Client): Promise<void> {
  await run.submit(
    [{ kind: 'clear', userId }],
    (room) => room.clear(userId),
    () => run.tally.add('clear done'),
  );
}

async function page(run: Run, client: Client, limit: number, which: number | null): Promise<void> {
  const { userId, sid } = client;
  const before = which === null ? null : (pickRecent(run.knownIds, which) ?? null);
  await run.read(
    (room) => room.history({ userId, sid }, before, limit),
    (result) => {
      const stay = run.memberStay(userId);
      const from = [...run.model.state.messages.values()].find(({ id }) => id === before);
      if (stay === undefined || (before !== null && (from === undefined || !isVisibleTo(from, stay))))
        return expectSame('a page for whom there is none', result.ok ? 'a page' : result.code, 'not_found');
      const older = visibleMessages(run.model, stay).filter(({ seq }) => seq < (from?.seq ?? Number.POSITIVE_INFINITY));
      if (!result.ok) throw new Error(`A page was refused: ${result.code}`);
      run.watch.nameLines(result.value.messages);
      expectMessages(run.model, older.slice(-limit), result.value.messages.toReversed(), { stay, sid }, run.now);
      expectSame('where the next page begins', result.value.nextBefore, older.length > limit ? (older.at(-limit)?.id ?? null) : null);
    },
  );
  await receipts(run, userId);
}

/** [RCPT-1] How the user's own latest message stands. */
async function receipts(run: Run, userId: string): Promise<void> {
  const stay = run.memberStay(userId);
  if (stay === undefined) return;
  const own = visibleMessages(run.model, stay).findLast(({ senderId, type }) => senderId === userId && type !== 'system');
  if (own === undefined) return;
  await run.read(
    (room) => room.receipts(userId, own.id),
    (result) => {
      const expected = recipientsOf(run.model.state, own).map((recipient) => ({
        userId: recipient.userId,
        ...receiptOf(run.model.state, own, stay, recipient),
      }));
      expectSame('[RCPT-1] the receipts of a message', result.ok ? result.value : result.code, expected);
    },
  );
}

// — clock and machine —

async function advance(run: Run, ms: number, isAlarmLate: boolean): Promise<void> {
  // Work that waits for the disk must be decided at the time at which it arrived.
  run.room.isDiskSlow = false;
  await run.settle();
  if (ms > longestOutageMs) run.room.outside.mood = 'well';
  run.room.areAlarmsLate = isAlarmLate;
  await run.room.advance(ms);
  run.room.areAlarmsLate = false;
}

async function disk(run: Run, does: 'stall' | 'flush' | 'work' | 'break'): Promise<void> {
  switch (does) {
    case 'stall':
      run.room.isDiskSlow = true;
      return;
    case 'flush':
      return run.room.flush();
    case 'work':
      run.room.isDiskSlow = false;
      return run.settle();
    case 'break':
      run.room.storage.faultIn = 1 + run.random.below(3);
      return;
    default:
      assertNever(does);
  }
}
