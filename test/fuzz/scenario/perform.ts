import { assertNever } from '../../../src/assert-never';
import type { SendMessage } from '../../../src/protocol/room-frames';
import type { DurableEvent } from '../../../src/room/dispatch';
import { isVisibleTo, recipientsOf } from '../model/clocks';
import { expectMessages, expectSame } from '../model/compare';
import { receiptOf, visibleMessages } from '../model/present';
import type { EventSpec, Operation } from './operations';
import type { Client, Run } from './run';

/** Longer than a day the outside does not stay away: each of its retries is simulated. */
const longestOutageMs = 60 * 60_000;
/** So long that some fifteen fill a frame. */
const longText = 4_900;

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
    case 'page':
      return page(run, clientOf(run, operation.client), operation.limit, operation.before);
    case 'advance':
      return advance(run, operation.ms, operation.isAlarmLate);
    case 'disk':
      return disk(run, operation.does);
    case 'outside':
      run.room.outside.mood = operation.mood;
      return;
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

/** One of the latest: what is old has mostly been tried. */
function pickRecent<T>(items: readonly T[], which: number, among = 12): T | undefined {
  return items[items.length - 1 - (which % Math.min(items.length, among))];
}

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
  await run.submit(
    requests,
    (room) => room.takeEvents({ userId, sid }, events),
    (answers, outcomes) => {
      const expected = outcomes.filter(({ kind }) => kind !== 'done');
      expectSame('how many answers frames get', answers.length, expected.length);
      answers.forEach((answer, index) => void run.watch.answered(answer, expected[index], userId));
    },
  );
}

/** The event that a specification means now, or null when there is nothing it could mean. */
function eventOf(run: Run, client: Client, spec: EventSpec): DurableEvent | null {
  const id = () => pickRecent(run.knownIds, 'which' in spec ? spec.which : 0);
  switch (spec.kind) {
    case 'text':
      return run.remember(client, textEvent(run, spec));
    case 'image': {
      const medium = pickRecent(run.media, spec.medium, 6);
      if (medium === undefined) return null;
      const messageId = run.newId();
      const caption = spec.caption ? { content: run.watch.contentFor(messageId) } : {};
      const clock = clockOf(medium.viewOnce && spec.clock !== null ? { ...spec.clock, mode: 'after_send' } : spec.clock);
      const send = { type: 'send_message', id: messageId, message_type: 'image', media_id: medium.id, view_once: medium.viewOnce } as const;
      return run.remember(client, { ...send, ...caption, ...clock });
    }
    case 'resend': {
      const sent = pickRecent(run.sent, spec.which);
      if (sent === undefined) return null;
      const isOthers = sent.client.userId !== client.userId;
      run.tally.add(isOthers ? 'ids of others' : 'resends');
      return spec.altered && sent.event.message_type === 'text' ? { ...sent.event, content: 'altered' } : sent.event;
    }
    case 'edit': {
      const messageId = id();
      const known = [...run.model.state.messages.values()].find((message) => message.id === messageId);
      if (messageId === undefined) return null;
      const content = spec.same && known?.content ? known.content : run.watch.contentFor(messageId);
      return { type: 'edit_message', id: messageId, content };
    }
    case 'delete': {
      const messageId = id();
      return messageId === undefined ? null : { type: 'delete_message', id: messageId };
    }
    case 'react': {
      const messageId = id();
      if (messageId === undefined) return null;
      return spec.emoji === null ? { type: 'unreact', id: messageId } : { type: 'react', id: messageId, emoji: spec.emoji };
    }
    case 'delivered':
      return { type: 'mark_delivered', up_to_seq: Math.max(0, run.model.state.seq - spec.behind) };
    case 'read': {
      const messageId = id();
      return messageId === undefined ? null : { type: 'mark_read', message_id: messageId };
    }
    case 'open':
    case 'viewed': {
      const messageId = pickRecent(run.sealedIds, spec.which, 4);
      if (messageId === undefined) return null;
      return spec.kind === 'open' ? { type: 'open_message', id: messageId } : { type: 'mark_viewed', message_id: messageId };
    }
    default:
      return assertNever(spec);
  }
}

function textEvent(run: Run, spec: Extract<EventSpec, { kind: 'text' }>): SendMessage {
  const id = run.newId();
  const isOnce = spec.once > 0;
  const reply = spec.reply === null ? undefined : pickRecent(run.knownIds, spec.reply);
  return {
    type: 'send_message',
    id,
    message_type: 'text',
    content: run.watch.contentFor(id, spec.long ? longText : 0),
    view_once: isOnce,
    ...(spec.once === 0 ? {} : { max_views: spec.once }),
    ...(reply === undefined ? {} : { reply_to: reply }),
    ...clockOf(isOnce && spec.clock !== null ? { ...spec.clock, mode: 'after_send' } : spec.clock),
  };
}

const clockOf = (clock: Extract<EventSpec, { kind: 'text' }>['clock']) =>
  clock === null ? {} : { expires_in_seconds: clock.seconds, expire_mode: clock.mode };

async function type(run: Run, { socket }: Client, starts: boolean): Promise<void> {
  if (socket !== null) await run.room.receive(socket, JSON.stringify({ type: starts ? 'typing_start' : 'typing_stop' }));
}

// — media —

async function upload(run: Run, { userId }: Client, viewOnce: boolean, isAdmitted: boolean): Promise<void> {
  const facts = run.mediumFacts(viewOnce);
  if (run.model.stayOf(userId) === undefined) return;
  run.media.push({ id: facts.id, viewOnce });
  await run.notice({ kind: 'reserve_media', userId, mediaId: facts.id, viewOnce }, (room) => room.reserveMedia(userId, facts.id, viewOnce));
  if (isAdmitted) await run.notice({ kind: 'admit_media', userId, facts }, (room) => room.admitMedia(userId, facts));
}

async function serve(run: Run, { userId, sid }: Client, which: number): Promise<void> {
  const leases = [...run.model.state.messages.values()].flatMap(({ views }) => [...views.values()].flatMap(({ lease }) => lease ?? []));
  const lease = pickRecent(leases, which);
  if (lease === undefined) return;
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
      return run.submit([{ kind: 'add', userId, userIds }], (room) => room.addMembers(userId, profiles), verify);
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
      const expected = recipientsOf(run.model.state, own).map((recipient) => ({ userId: recipient.userId, ...receiptOf(own, recipient) }));
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
