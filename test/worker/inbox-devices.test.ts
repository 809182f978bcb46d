import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { peers, startPeer } from '../../bench/lib/peers.mjs';
import { bundleRelayhub, signIn } from '../../bench/lib/relayhub.mjs';
import { serve } from '../../bench/lib/workerd.mjs';
import { type ChatSummary, chatSummary } from '../../src/protocol/models';
import { chatAnswer, chatsAnswer, messageAnswer } from '../../src/protocol/rest';
import { ModelChat, type OwnMatter } from '../fuzz/inbox/list-model';
import { text } from '../support/chats';
import { ListingDevice } from '../support/listing-device';
import { type Answer, callApi } from '../support/people';
import { until } from '../support/poll';
import { type SeededRandom, seededRandom } from '../support/random';

/** As many things happen between two blows to the runtime. */
const operationsPerBlow = 8;
/** A round to the inboxes that was cut short is taken up again within half a minute. */
const restMs = 60_000;

interface User {
  readonly id: string;
  readonly tokens: readonly string[];
}

/** Something that serves, and can be struck. */
interface Stricken {
  readonly url: string;
  readonly users: readonly User[];
  /** A chat of these users, made by the first: its id and when. */
  makeChat(members: readonly User[], name: string | null): Promise<{ readonly id: string; readonly at: number }>;
  strike(random: SeededRandom, chatIds: readonly string[]): Promise<void>;
}

const untouched: OwnMatter = { isPinned: false, mutedUntil: null, archivedAtSeq: null };

/** Three users with two devices each say, read, delete, clear, pin, mute and archive in four chats; at rest all lists are the model's. */
async function play(server: Stricken, blows: number): Promise<void> {
  const random = seededRandom();
  const { url, users } = server;
  const one = <T>(all: readonly T[]): T => all[random.below(all.length)] as T;
  const [ada, ben, cleo] = users;
  if (ada === undefined || ben === undefined || cleo === undefined) throw new Error('Three are needed');
  const chats: ModelChat[] = [];
  for (const [members, name] of [
    [[ada, ben], null],
    [[ben, cleo], null],
    [[ada, ben, cleo], 'All'],
    [[cleo, ada, ben], 'Others'],
  ] as const) {
    const { id, at } = await server.makeChat(members, name);
    const chat = new ModelChat(id, name !== null);
    for (const member of members) chat.join(member.id, at);
    chat.say({ id: 'system', senderId: members[0].id, kind: 'system', text: null, createdAt: at, endsAt: null, readMs: null });
    chats.push(chat);
  }
  const own = new Map<string, OwnMatter>();
  const devices = users.flatMap((user) => user.tokens.map((token) => ({ user, device: new ListingDevice(url, token) })));
  onTestFinished(async () => void (await Promise.all(devices.map(({ device }) => device.stop()))));

  const call = (user: User, method: string, path: string, body?: unknown): Promise<Answer> =>
    callApi(url, method, path, body, one(user.tokens));

  async function happen(): Promise<void> {
    const user = one(users);
    const chat = one(chats.filter((candidate) => candidate.stayOf(user.id) !== undefined));
    const stay = chat.stayOf(user.id);
    const said = stay === undefined ? [] : chat.shownTo(stay).filter(({ kind }) => kind === 'text');
    // What they have cleared is not there for them, their own lines included.
    const mine = said.filter(({ senderId, endedAt }) => senderId === user.id && endedAt === null);
    const listed = `/api/users/me/chats/${chat.id}`;
    const draw = random.below(12);
    if (draw < 5 || (draw < 8 && said.length === 0)) {
      const message = text(`#${randomUUID()}#`);
      const sent = v.parse(messageAnswer, (await call(user, 'POST', `/api/chats/${chat.id}/messages`, message)).body).message;
      const { created_at: createdAt } = sent;
      chat.say({ id: message.id, senderId: user.id, kind: 'text', text: message.content, createdAt, endsAt: null, readMs: null });
      expect(sent.seq).toBe(chat.seq);
    } else if (draw < 8) {
      const message_id = said.at(-1 - random.below(Math.min(2, said.length)))?.id ?? '';
      expect((await call(user, 'POST', `/api/chats/${chat.id}/frames`, [{ type: 'mark_read', message_id }])).body).toEqual({ answers: [] });
      chat.read(user.id, message_id, Date.now());
    } else if (draw < 9 && mine.length > 0) {
      const { id } = one(mine);
      expect((await call(user, 'POST', `/api/chats/${chat.id}/frames`, [{ type: 'delete_message', id }])).body).toEqual({ answers: [] });
      chat.delete(id, Date.now());
    } else if (draw < 11) {
      const change = one([
        { pinned: true },
        { pinned: false },
        { archived: true },
        { muted_until: Date.now() + 3_600_000 },
        { muted_until: null },
      ]);
      const answer = await call(user, 'PATCH', listed, change);
      // The inbox may not have heard of the chat yet.
      if (answer.status === 404) return;
      const { pinned, archived, muted_until, last_seq } = v.parse(chatSummary, answer.body);
      own.set(`${user.id} ${chat.id}`, { isPinned: pinned, mutedUntil: muted_until, archivedAtSeq: archived ? last_seq : null });
    } else if (random.below(4) === 0) {
      expect((await call(user, 'DELETE', listed)).status).toBe(204);
      chat.clear(user.id);
    } else one(devices).device.drop();
  }

  for (let blow = 0; blow < blows; blow += 1) {
    for (let operation = 0; operation < operationsPerBlow; operation += 1) await happen();
    await delay(random.below(200));
    await server.strike(
      random,
      chats.map(({ id }) => id),
    );
  }

  const expectedOf = (user: User) =>
    chats
      .flatMap((chat) => chat.rowOf(user.id, own.get(`${user.id} ${chat.id}`) ?? untouched, Date.now()) ?? [])
      .sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1));
  const told = (
    { id, last_message: last, unread_count, updated_at, pinned, archived, muted_until }: ChatSummary,
    preview: string | null,
  ) => ({
    id,
    lastId: last === null ? null : last.message_type === 'system' ? 'system' : last.id,
    preview,
    unread: unread_count,
    updatedAt: updated_at,
    pinned,
    archived,
    mutedUntil: muted_until,
  });
  for (const user of users) {
    const expected = expectedOf(user);
    const rest = async () => v.parse(chatsAnswer, (await call(user, 'GET', '/api/users/me/chats')).body).chats;
    await expect
      .poll(async () => (await rest()).map((row) => told(row, row.last_message?.preview ?? null)), { timeout: restMs, interval: 250 })
      .toEqual(expected);
    const wordless = expected.map((row) => ({ ...row, preview: null }));
    const total = expected
      .filter(({ archived, mutedUntil }) => !archived && mutedUntil === null)
      .reduce((sum, { unread }) => sum + unread, 0);
    for (const { device } of devices.filter((candidate) => candidate.user === user)) {
      await until('a device to agree', () => device.rows.length === wordless.length && device.unreadTotal === total, restMs);
      await expect.poll(() => device.rows.map((row) => told(row, null)), { timeout: restMs, interval: 250 }).toEqual(wordless);
    }
  }
  expect(devices.reduce((sum, { device }) => sum + device.resumes, 0)).toBeGreaterThan(0);
}

test('[INBOX-1] [INBOX-3] [RCPT-4] devices agree after the runtime was killed again and again', { timeout: 240_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'relayhub-inbox-'));
  const place = join(directory, 'server');
  mkdirSync(place);
  const peer = peers.relayhub;
  if (peer === undefined) throw new Error('The bench knows no relayhub');
  await bundleRelayhub(join(directory, 'bundle'));
  let server = await startPeer(peer, join(directory, 'bundle'), place);
  onTestFinished(async () => {
    await server.end();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  const url = `http://127.0.0.1:${server.port}`;
  const config = join(place, 'config.capnp');
  writeFileSync(config, readFileSync(config, 'utf8').replace('127.0.0.1:0', `127.0.0.1:${server.port}`));
  const ids = Array.from({ length: 3 }, () => randomUUID());
  const users = await Promise.all(ids.map(async (id) => ({ id, tokens: [await signIn(id), await signIn(id)] })));
  const profile = ({ id }: User) => ({
    user: { id, username: `user_${id.slice(0, 8)}`, display_name: id.slice(0, 8), avatar_url: null, deleted: false },
    version: 1,
    readReceipts: true,
  });
  await play(
    {
      url,
      users,
      makeChat: async (members, name) => {
        const [creator, ...others] = members.map(profile);
        const order = { id: randomUUID(), isGroup: name !== null, name, creator, members: others };
        const expiry = { expires_in_seconds: null, expire_mode: 'after_send' };
        const answer = await fetch(`${url}/bench/rooms`, { method: 'POST', body: JSON.stringify({ ...order, expiry }) });
        const made = v.parse(v.object({ value: chatAnswer }), await answer.json());
        return { id: made.value.chat.id, at: made.value.chat.created_at };
      },
      strike: async () => {
        for (const pid of server.pids) process.kill(pid, 'SIGKILL');
        await server.end();
        server = await serve(place);
      },
    },
    8,
  );
});
