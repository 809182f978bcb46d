import { assertNever } from '../../../src/assert-never';
import { muteForeverAt } from '../../../src/protocol/limits';
import type { ChatSummary, Message } from '../../../src/protocol/models';
import type { Result } from '../../../src/result';
import { expectSame } from '../model/compare';
import type { ModelChat } from './list-model';
import { type ListRun, pick } from './list-run';
import type { Deed, Operation } from './operations';

const minute = 60_000;
const day = 24 * 60 * minute;

type AnyRun = ListRun<unknown, unknown>;

/** Lets a user do something, or their device, and the model follow. */
export async function act<Place, Link>(run: ListRun<Place, Link>, deed: Deed): Promise<void> {
  switch (deed.kind) {
    case 'send':
      return send(run, deed);
    case 'edit':
    case 'delete':
      return change(run, deed);
    case 'read':
      return read(run, deed);
    case 'leave':
      return leave(run, deed);
    case 'join':
      return join(run, deed);
    case 'own':
      return own(run, deed);
    case 'clear':
      return clear(run, deed);
    case 'block':
      return block(run, deed);
    case 'link': {
      const device = pick(run.devices, deed.device);
      if (deed.isOnline === device.isOnline) return;
      return run.asPage(() => (deed.isOnline ? device.goOnline() : device.goOffline()));
    }
    case 'show':
      return show(run, deed);
    case 'more':
      return run.asPage(() => pick(run.devices, deed.device).loadMore());
    case 'reload':
      return run.asPage(() => run.reload(deed.device));
    default:
      return assertNever(deed);
  }
}

/** A chat that the user is in; undefined where they are in none. */
function chatOf(run: AnyRun, userId: string, number: number): ModelChat | undefined {
  const theirs = run.chats.filter((chat) => chat.stayOf(userId) !== undefined);
  return theirs.length === 0 ? undefined : pick(theirs, number);
}

const sidOf = (run: AnyRun, userId: string) => run.devices.find((device) => device.userId === userId)?.sid ?? '';

async function send(run: AnyRun, { user, chat: number, once, seconds, readClock }: Extract<Operation, { kind: 'send' }>): Promise<void> {
  const userId = run.user(user).id;
  const chat = chatOf(run, userId, number);
  if (chat === undefined) return;
  const id = run.newId();
  const text = run.newText();
  // Blocks in direct chats are about what is shown; their reading clocks are tried elsewhere.
  const mode = readClock && chat.isGroup && !once ? 'after_read' : 'after_send';
  const clock = seconds === null ? {} : { expires_in_seconds: seconds, expire_mode: mode };
  const event = { type: 'send_message', id, message_type: 'text', content: text, view_once: once, ...(once && { max_views: 1 }), ...clock };
  const sent = await run.askRoom<{ message: Message }>(chat, 'send', { userId, sid: sidOf(run, userId) }, event);
  if (!sent.ok) throw new Error(`A message was refused: ${sent.code}`);
  const { message } = sent.value;
  const { created_at: createdAt } = message;
  const { readMs, liveMs } = clocksOf(run, chat, once, seconds, mode);
  const endsAt = liveMs === null ? null : createdAt + liveMs;
  chat.say({ id, senderId: userId, kind: once ? 'once' : 'text', text: once ? null : text, createdAt, endsAt, readMs });
  expectSame('[SEND-3] the seq of a message', message.seq, chat.seq);
}

function clocksOf(run: AnyRun, chat: ModelChat, once: boolean, seconds: number | null, mode: 'after_send' | 'after_read') {
  const policies: Record<number, { sendMs?: number; readMs?: number }> = { 2: { sendMs: 5_000 }, 4: { readMs: 5_000 } };
  const policy = policies[run.chats.indexOf(chat)] ?? {};
  const own = seconds === null ? {} : mode === 'after_read' ? { readMs: seconds * 1000 } : { sendMs: seconds * 1000 };
  const least = (...values: (number | undefined)[]) => {
    const given = values.filter((value) => value !== undefined);
    return given.length === 0 ? null : Math.min(...given);
  };
  const readMs = once ? null : least(policy.readMs, own.readMs);
  const liveMs = least(policy.sendMs, own.sendMs, once ? (chat.isGroup ? 7 : 31) * day : undefined, readMs === null ? undefined : 30 * day);
  return { readMs, liveMs };
}

async function change(run: AnyRun, { kind, user, which }: Extract<Operation, { kind: 'edit' | 'delete' }>): Promise<void> {
  const userId = run.user(user).id;
  const theirs = run.chats.flatMap((chat) =>
    chat.stayOf(userId) === undefined
      ? []
      : chat.messages.filter((each) => each.senderId === userId && each.kind !== 'system').map((message) => ({ chat, message })),
  );
  // Lately is when it matters to lists.
  const lately = theirs.slice(-6);
  if (lately.length === 0) return;
  const { chat, message } = pick(lately, which);
  const text = run.newText();
  const { id } = message;
  const event = kind === 'edit' ? { type: 'edit_message', id, content: text } : { type: 'delete_message', id };
  const changed = await run.askRoom(chat, 'takeEvent', { userId, sid: sidOf(run, userId) }, event);
  if (!changed.ok) return run.tally.add(`${kind} refused`);
  if (kind === 'edit') chat.edit(id, text, run.now);
  else if (message.endedAt === null) chat.delete(id, run.now);
}

async function read(run: AnyRun, { user, chat: number, back }: Extract<Operation, { kind: 'read' }>): Promise<void> {
  const userId = run.user(user).id;
  const chat = chatOf(run, userId, number);
  const stay = chat?.stayOf(userId);
  const message = chat === undefined || stay === undefined ? undefined : chat.shownTo(stay).at(-1 - back);
  if (chat === undefined || message === undefined) return;
  // Of a line that the room wrote itself nobody here knows the id.
  if (message.kind === 'system') return;
  const done = await run.askRoom(chat, 'takeEvent', { userId, sid: sidOf(run, userId) }, { type: 'mark_read', message_id: message.id });
  if (!done.ok) throw new Error(`A reading was refused: ${done.code}`);
  chat.read(userId, message.id, run.now);
}

async function leave(run: AnyRun, { user, chat: number }: Extract<Operation, { kind: 'leave' | 'join' }>): Promise<void> {
  const userId = run.user(user).id;
  const chat = chatOf(run, userId, number);
  // A room that nobody is in is erased.
  if (chat === undefined || !chat.isGroup || chat.present().length < 2) return;
  const left = await run.askRoom(chat, 'removeMember', userId, userId);
  if (!left.ok) throw new Error(`A leaving was refused: ${left.code}`);
  chat.leave(userId);
  chat.sayLine(userId, run.now);
  run.own.delete(`${userId} ${chat.id}`);
  run.uncertain.add(`${userId} ${chat.id}`);
}

async function join(run: AnyRun, { user, chat: number }: Extract<Operation, { kind: 'leave' | 'join' }>): Promise<void> {
  const joining = run.user(user);
  const others = run.chats.filter((chat) => chat.isGroup && chat.stayOf(joining.id) === undefined);
  if (others.length === 0) return;
  const chat = pick(others, number);
  for (const { userId } of chat.present()) {
    const added = await run.askRoom(chat, 'addMembers', userId, [{ user: joining, version: 1, readReceipts: true }]);
    if (!added.ok) continue;
    chat.join(joining.id, run.now);
    chat.sayLine(userId, run.now);
    return run.tally.add('joined');
  }
}

async function own(run: AnyRun, { user, chat: number, change: made }: Extract<Operation, { kind: 'own' }>): Promise<void> {
  const userId = run.user(user).id;
  const chat = chatOf(run, userId, number);
  if (chat === undefined) return;
  const mutedUntil = 'muteMs' in made ? (made.muteMs === null ? null : Math.min(run.now + made.muteMs, muteForeverAt)) : undefined;
  const asked = 'muteMs' in made ? { mutedUntil } : made;
  await run.askInbox<Result<ChatSummary>>(userId, 'changeChat', [chat.id, asked], (result) => {
    if (!result.ok) return;
    const { pinned, muted_until, archived, last_seq } = result.value;
    run.own.set(`${userId} ${chat.id}`, { isPinned: pinned, mutedUntil: muted_until, archivedAtSeq: archived ? last_seq : null });
    run.tally.add('own done');
  });
}

async function clear(run: AnyRun, { user, chat: number }: Extract<Operation, { kind: 'clear' }>): Promise<void> {
  const userId = run.user(user).id;
  const chat = chatOf(run, userId, number);
  if (chat === undefined) return;
  const cleared = await run.askRoom(chat, 'clear', userId);
  if (!cleared.ok) throw new Error(`A clearing was refused: ${cleared.code}`);
  chat.clear(userId);
}

async function block(run: AnyRun, { user, isActive }: Extract<Operation, { kind: 'block' }>): Promise<void> {
  const pairs = [
    [0, 1],
    [1, 0],
    [2, 0],
    [0, 2],
  ];
  const [blocker = 0, other = 0] = pick(pairs, user);
  const [userId, otherId] = [run.user(blocker).id, run.user(other).id];
  const key = `${userId} ${otherId}`;
  const wish = { isActive, isKnown: false };
  run.blocks.set(key, wish);
  await run.askInbox(userId, 'setBlock', [userId, otherId, isActive], () => {
    // An answer that comes after a later wish says nothing of that.
    wish.isKnown = true;
    run.tally.add('blocks known');
  });
}

async function show<Place>(run: ListRun<Place, unknown>, { device: number, chat }: Extract<Operation, { kind: 'show' }>): Promise<void> {
  const device = pick(run.devices, number);
  const shown = chat === null ? undefined : chatOf(run, device.userId, chat);
  await run.asPage(() => device.show(shown === undefined ? null : { id: shown.id, room: run.room(shown) }));
}
