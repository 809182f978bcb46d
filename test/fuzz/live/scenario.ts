import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { chatsAnswer, messagesAnswer } from '../../../src/protocol/rest';
import type { SendMessage } from '../../../src/protocol/room-frames';
import type { DurableEvent } from '../../../src/room/dispatch';
import { callApi } from '../../support/people';
import { eventually } from '../../support/poll';
import { endFor } from '../model/clocks';
import { expectSame } from '../model/compare';
import { presentSummary, visibleMessages } from '../model/present';
import { eventOf } from '../scenario/events';
import { beginning, type Operation, operationsIn, type Scenario } from '../scenario/operations';
import type { Tally } from '../scenario/tally';
import { expectConverged, expectMessages } from './compare';
import { LiveRun } from './live-run';
import { type Runtime, roomBlows } from './runtime';
import type { Session } from './session';

const maxOperations = 44;
/** What the generator means to run out soon does so here after this. */
const shortSeconds = 2;
const longestWaitMs = 700;
/** A room that died in the middle of telling inboxes is woken for the rest by its watchdog, 30 s later at most. */
const listingMs = 45_000;
/** Those that wait for their moment mostly miss it. */
const oftenest = [...roomBlows, 'abort in alarm', 'abort in alarm', 'abort in drain'] as const;

export function liveScenarioOf(seed: number): Scenario {
  const draw = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { seed, numRuns: 1 })[0];
  const first = draw(beginning);
  if (first === undefined) throw new Error('Nothing was drawn');
  const operations = draw(fc.array(operationsIn(first), { minLength: maxOperations / 2, maxLength: maxOperations, size: 'max' }));
  return { seed, beginning: first, operations: operations ?? [] };
}

/** Plays it on a new room of the runtime. @throws what the room did wrong */
export async function playLive(runtime: Runtime, scenario: Scenario, tally: Tally): Promise<void> {
  const { policy } = scenario.beginning;
  const started = { ...scenario.beginning, policy: policy === null ? null : withRealPolicy(policy) };
  const run = new LiveRun(runtime, started, scenario.seed, tally);
  try {
    await run.begin();
    for (const operation of scenario.operations) await perform(run, operation);
    await finish(run);
  } finally {
    await Promise.all(run.sessions.map((session) => session.disconnect()));
  }
}

/** Mostly a session of a member. */
function sessionOf(run: LiveRun, pick: number): Session {
  const members = run.sessions.filter(({ userId }) => run.model.stayOf(userId) !== undefined);
  const among = pick % 12 === 0 || members.length === 0 ? run.sessions : members;
  const session = among[Math.floor(pick / 12) % among.length];
  if (session === undefined) throw new Error('There are no sessions');
  return session;
}

/** What the simulated machine does has its like here; what only it can do is left out. */
async function perform(run: LiveRun, operation: Operation): Promise<void> {
  switch (operation.kind) {
    case 'frame':
      return say(run, sessionOf(run, operation.client), operation);
    case 'typing':
      return sessionOf(run, operation.client).type(operation.starts);
    case 'add':
    case 'remove':
    case 'role':
    case 'change':
    case 'clear':
      return administer(run, sessionOf(run, operation.client).userId, operation);
    case 'block':
      return run.decide(sessionOf(run, operation.client).userId, operation.blocks);
    case 'create_again':
      return run.createAgain(sessionOf(run, operation.client).userId);
    case 'receipts':
      return run.setReceipts(sessionOf(run, operation.client).userId, operation.sends);
    case 'connect': {
      const session = sessionOf(run, operation.client);
      if (run.model.stayOf(session.userId) === undefined) return;
      if (operation.from !== 'here') {
        await session.disconnect();
        session.forget();
      }
      await run.underBlow(run.comeBack(session));
      return;
    }
    case 'disconnect':
      return sessionOf(run, operation.client).disconnect();
    case 'page':
      return expectHistory(run, sessionOf(run, operation.client));
    case 'advance':
      return void (await delay(Math.min(operation.ms, longestWaitMs)));
    case 'crash':
    case 'evict':
    case 'strike': {
      run.pendingBlow = oftenest[run.random.below(oftenest.length)] ?? null;
      return;
    }
    default:
      return;
  }
}

async function say(run: LiveRun, session: Session, { events: specs }: Extract<Operation, { kind: 'frame' }>): Promise<void> {
  const sends: { readonly session: Session; readonly event: SendMessage }[] = [];
  for (const spec of specs) {
    // Ends of own copies are known to the millisecond to the room alone: nobody does anything to what is about to end.
    const event = eventOf(run, session, spec);
    if (event === null || isAboutToEnd(run, event)) continue;
    if (event.type !== 'send_message') await run.say(session, event);
    // The same id twice at once would leave it to the room which of the two is meant.
    else if (!sends.some((send) => send.event.id === event.id)) sends.push({ session, event: withRealClock(event) });
  }
  const others = run.sessions.filter(({ userId }) => run.model.stayOf(userId) !== undefined && run.random.below(3) === 0);
  for (const other of sends.length === 0 ? [] : others) {
    const id = run.newId();
    const event = { type: 'send_message', id, message_type: 'text', content: run.contentFor(id), view_once: false } as const;
    run.remember(other, event);
    sends.push({ session: other, event });
  }
  if (sends.length > 0) await run.burst(sends);
}

/** A second is gone before whoever was interrupted has asked again, and nobody waits for five. */
const realSeconds = (seconds: number) => (seconds <= 5 ? shortSeconds : seconds);

function withRealClock<E extends { readonly expires_in_seconds?: number | undefined }>(event: E): E {
  const { expires_in_seconds: seconds } = event;
  return seconds === undefined ? event : { ...event, expires_in_seconds: realSeconds(seconds) };
}

function isAboutToEnd(run: LiveRun, event: DurableEvent): boolean {
  const id =
    event.type === 'send_message' ? event.reply_to : 'id' in event ? event.id : 'message_id' in event ? event.message_id : undefined;
  const message = [...run.model.state.messages.values()].find((candidate) => candidate.id === id);
  if (message === undefined || message.end !== null) return false;
  const ends = run.model.state.stays.map((stay) => endFor(run.model.state, message, stay)).filter((end) => end !== null);
  return ends.some((end) => Math.abs(end - run.now) < 6_000);
}

type Administration = Extract<Operation, { kind: 'add' | 'remove' | 'role' | 'change' | 'clear' }>;

async function administer(run: LiveRun, userId: string, operation: Administration): Promise<void> {
  const userOf = (index: number) => run.userIds[index % run.userIds.length] ?? '';
  switch (operation.kind) {
    case 'add': {
      const profiles = [...new Set(operation.users.map(userOf))].map((id) => run.profile(id));
      const facts = profiles.map(({ user, version, readReceipts }) => ({ userId: user.id, version, readReceipts }));
      return run.submit({ kind: 'add', userId, profiles: facts }, 'addMembers', userId, profiles);
    }
    case 'remove': {
      const memberId = operation.user === null ? userId : userOf(operation.user);
      // The last member's leaving would end the run.
      if (run.model.present().length === 1) return;
      return run.submit({ kind: 'remove', userId, memberId }, 'removeMember', userId, memberId);
    }
    case 'role': {
      const [memberId, { role }] = [userOf(operation.user), operation];
      return run.submit({ kind: 'set_role', userId, memberId, role }, 'setRole', userId, memberId, role);
    }
    case 'change': {
      const name = operation.name === null ? null : `Name ${operation.name}`;
      const policy = operation.policy === null ? null : withRealPolicy(operation.policy);
      return run.submit({ kind: 'change', userId, name, policy }, 'changeChat', userId, { name, policy });
    }
    case 'clear':
      return run.submit({ kind: 'clear', userId }, 'clear', userId);
  }
}

const withRealPolicy = <P extends { readonly expires_in_seconds: number | null }>(policy: P): P => ({
  ...policy,
  expires_in_seconds: policy.expires_in_seconds === null ? null : realSeconds(policy.expires_in_seconds),
});

// — when all has come to rest —

async function finish(run: LiveRun): Promise<void> {
  run.pendingBlow = null;
  await comeToRest(run);
  run.hearAll();
  const members = run.sessions.filter(({ userId }) => run.model.stayOf(userId) !== undefined);
  // Those that were there all the time, then those that resume, then all from the beginning.
  for (const session of members) if (session.socket !== null) await expectSessionConverges(run, session);
  for (const session of members) {
    if (session.socket !== null) continue;
    await run.comeBack(session);
    await expectSessionConverges(run, session);
  }
  for (const session of members) {
    run.tally.add('resumes', session.replica.resumes);
    run.tally.add('messages caught up', session.replica.caughtUp);
    await session.disconnect();
    session.forget();
    await run.comeBack(session);
    await expectSessionConverges(run, session);
    await expectHistory(run, session);
    await expectListed(run, session);
    run.tally.add('sessions converged');
  }
  run.hearAll();
  expectNothingLost(run);
  countSecrets(run);
}

/** Everything with a short clock has ended and is cleaned up, and nothing is under way. */
async function comeToRest(run: LiveRun): Promise<void> {
  const { state } = run.model;
  const soon = Date.now() + 20_000;
  const ends = [...state.messages.values()].flatMap((message) => state.stays.map((stay) => endFor(state, message, stay) ?? 0));
  const last = Math.max(0, ...ends.filter((end) => end < soon));
  await delay(Math.max(0, last - Date.now()) + 300);
  cleanUp(run);
}

/** What the alarm does, the model does when somebody looks. */
function cleanUp({ model }: LiveRun): void {
  for (const step of ['messages', 'views']) model.notice({ kind: 'cleaned', step }, Date.now());
}

async function expectSessionConverges(run: LiveRun, session: Session): Promise<void> {
  const stay = run.model.stayOf(session.userId);
  if (stay === undefined) return;
  await eventually(async () => {
    // What befalls other rooms of the runtime may have cut its connection.
    await run.comeBack(session);
    expectConverged(run.model, session.replica, { stay, sid: session.sid }, Date.now(), session.missesReceipts);
  });
}

/** The whole history over REST, to the last field. */
async function expectHistory(run: LiveRun, { userId, sid, token }: Session): Promise<void> {
  const stay = run.model.stayOf(userId);
  if (stay === undefined) return;
  await eventually(async () => {
    cleanUp(run);
    const answer = await callApi(run.runtime.url, 'GET', `/api/users/me/chats/${run.chatId}/messages?limit=100`, undefined, token);
    const { messages } = v.parse(messagesAnswer, answer.body);
    const visible = visibleMessages(run.model, stay).slice(-100);
    expectMessages(run.model, visible, messages.toReversed(), { stay, sid }, Date.now());
  });
  run.tally.add('histories read');
}

/** [INBOX-2] [INBOX-3] The chat as the user's list has it. */
async function expectListed(run: LiveRun, { userId, token }: Session): Promise<void> {
  const stay = run.model.stayOf(userId);
  if (stay === undefined) return;
  const { last_message: last, last_seq, last_read_seq, unread_count, member_count } = presentSummary(run.model, stay, Date.now());
  // A cleared chat is not listed until something comes.
  if (last === null && stay.clearedSeq > 0) return;
  await eventually(async () => {
    const answer = await callApi(run.runtime.url, 'GET', '/api/users/me/chats', undefined, token);
    const chat = v.parse(chatsAnswer, answer.body).chats.find(({ id }) => id === run.chatId);
    const got = {
      last: chat?.last_message?.id,
      last_seq: chat?.last_seq,
      last_read_seq: chat?.last_read_seq,
      unread_count: chat?.unread_count,
      member_count: chat?.member_count,
    };
    expectSame('[INBOX-2] a chat list', got, { last: last?.id, last_seq, last_read_seq, unread_count, member_count });
  }, listingMs);
}

/** [SYNC-4] What was acknowledged has its place in the model, which every history was held against. */
function expectNothingLost(run: LiveRun): void {
  for (const [id, seq] of run.acknowledged) expectSame('[SYNC-4] what was acknowledged', run.model.state.messages.get(seq)?.id, id);
  run.tally.add('acknowledged', run.acknowledged.size);
}

function countSecrets({ model: { state }, tally }: LiveRun): void {
  const messages = [...state.messages.values()];
  tally.add('messages hidden', messages.filter(({ hidden, type }) => hidden !== null && type !== 'system').length);
  tally.add('messages expired', messages.filter(({ end }) => end?.reason === 'expired').length);
  for (const { joinedSeq, clearedSeq } of state.stays) tally.add('messages cleared', Math.max(0, clearedSeq - joinedSeq));
}
