import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { peers, startPeer } from '../../bench/lib/peers.mjs';
import { bundleRelayhub, openRelayhubRoom, signIn } from '../../bench/lib/relayhub.mjs';
import { type Server, serve } from '../../bench/lib/workerd.mjs';
import type { Message } from '../../src/protocol/models';
import { chatsAnswer, messageAnswer, messagesAnswer } from '../../src/protocol/rest';
import { text } from '../support/chats';
import { type Answer, callApi } from '../support/people';
import { until } from '../support/poll';
import { seededRandom } from '../support/random';
import { ResumingClient } from '../support/resuming-client';
import { connectRoom } from '../support/room-socket';

const kills = 30;
const members = 3;

const directory = mkdtempSync(join(tmpdir(), 'relayhub-kills-'));
let server: Server;
let url: string;

/** The runtime alone, with the bundle of a deployment: on the same data again it listens after a third of a second. */
beforeAll(async () => {
  const bundle = join(directory, 'bundle');
  const peer = peers.relayhub;
  if (peer === undefined) throw new Error('The bench knows no relayhub');
  await bundleRelayhub(bundle);
  const place = join(directory, 'server');
  mkdirSync(place);
  server = await startPeer(peer, bundle, place);
  url = `http://127.0.0.1:${server.port}`;
  const config = join(place, 'config.capnp');
  writeFileSync(config, readFileSync(config, 'utf8').replace('127.0.0.1:0', `127.0.0.1:${server.port}`));
});
afterAll(async () => {
  await server.end();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

/** Ends the runtime as a power cut would, and starts it again on the same disk. */
async function killAndRestart(): Promise<void> {
  for (const pid of server.pids) process.kill(pid, 'SIGKILL');
  await server.end();
  server = await serve(join(directory, 'server'));
}

interface Member {
  readonly userId: string;
  readonly token: string;
  readonly client: ResumingClient;
}

/** A call that the kill may cut short. */
async function tryCall(token: string, method: string, path: string, body?: unknown): Promise<Answer | null> {
  return callApi(url, method, path, body, token).catch(() => null);
}

test('[SYNC-3] [SYNC-4] [ONCE-2] thirty kills under load lose nothing acknowledged, bring nothing back, and give nothing twice', {
  timeout: 300_000,
}, async () => {
  const random = seededRandom();
  const openings = await openRelayhubRoom(server.port, members);
  const chatId = openings[0]?.path.split('/')[3] ?? '';
  const people: Member[] = openings.map(({ protocols }) => {
    const token = protocols[1]?.replace('bearer.', '') ?? '';
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const client = new ResumingClient(url, token, chatId);
    onTestFinished(() => client.stop());
    return { userId: v.parse(v.object({ sub: v.string() }), payload).sub, token, client };
  });
  const [ada, ben] = people;
  if (ada === undefined || ben === undefined) throw new Error('Nobody is there');
  const otherSession = await signIn(ben.userId);

  /** The whole history, oldest first. */
  async function history(): Promise<Message[]> {
    const pages: Message[][] = [];
    for (let before: string | null = ''; before !== null; ) {
      const query = before === '' ? '' : `&before=${before}`;
      const answer = await callApi(url, 'GET', `/api/users/me/chats/${chatId}/messages?limit=100${query}`, undefined, ada?.token);
      const page: v.InferOutput<typeof messagesAnswer> = v.parse(messagesAnswer, answer.body);
      pages.push(page.messages);
      before = page.next_before;
    }
    return pages.flat().reverse();
  }

  const deleted = new Set<string>();
  const openers = new Map<string, Set<string>>();
  let opened = 0;
  let highestRev = 0;
  let epoch: string | null = null;

  for (let kill = 0; kill < kills; kill += 1) {
    for (const { client } of people) {
      for (let i = random.between(2, 5); i > 0; i -= 1)
        client.send(text(`${kill}.${i}`, random.below(3) === 0 ? random.between(1, 3) : undefined));
    }
    const once = { ...text(`once ${kill}`), view_once: true };
    const gone = text(`gone ${kill}`);
    const underWay = [
      tryCall(ada.token, 'POST', `/api/chats/${chatId}/messages`, once).then(async (sent) => {
        if (sent?.status !== 201) return;
        const sessions = [ben.token, otherSession];
        const path = `/api/chats/${chatId}/messages/${once.id}/open`;
        const answers = await Promise.all(sessions.map((token) => tryCall(token, 'POST', path)));
        openers.set(once.id, new Set(sessions.filter((_, index) => answers[index]?.status === 200)));
      }),
      tryCall(ada.token, 'POST', `/api/chats/${chatId}/messages`, gone).then(async () => {
        const answer = await tryCall(ada.token, 'POST', `/api/chats/${chatId}/frames`, [{ type: 'delete_message', id: gone.id }]);
        if (answer?.status === 200 && JSON.stringify(answer.body) === '{"answers":[]}') deleted.add(gone.id);
      }),
    ];
    await delay(random.between(0, 120));
    await killAndRestart();
    await Promise.all(underWay);
    const acknowledged = people.flatMap(({ client }) => [...client.acknowledged.values()]);

    const socket = connectRoom(url, ada.token, chatId);
    const welcome = await socket.waitForType('welcome');
    await socket.close();
    epoch ??= welcome.epoch;
    expect(welcome.epoch).toBe(epoch);
    expect(welcome.rev).toBeGreaterThanOrEqual(highestRev);
    highestRev = Math.max(welcome.rev, ...people.map(({ client }) => client.rev));

    const stored = await history();
    expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_, index) => index + 1));
    const places = new Map(stored.map((message) => [message.id, message.seq]));
    expect(places.size).toBe(stored.length);
    expect(acknowledged.filter(({ id, seq }) => places.get(id) !== seq)).toEqual([]);
    const back = stored.filter(({ id, content, deleted_reason }) => deleted.has(id) && (content !== null || deleted_reason !== 'deleted'));
    expect(back).toEqual([]);
    // Whoever was let in before the kill keeps the lease; nobody else gets it, however often they ask.
    for (const [id, before] of openers) {
      const answers = await Promise.all(
        [ben.token, otherSession].map((token) => tryCall(token, 'POST', `/api/chats/${chatId}/messages/${id}/open`)),
      );
      const now = [ben.token, otherSession].filter((_, index) => answers[index]?.status === 200);
      for (const token of now) before.add(token);
      expect(before.size).toBeLessThanOrEqual(1);
      opened += before.size;
    }
    openers.clear();
  }

  await until('every acknowledgement', () => people.every(({ client }) => client.unacknowledged === 0), 60_000);
  const last = await callApi(url, 'POST', `/api/chats/${chatId}/messages`, text('last'), ada.token);
  const { message } = v.parse(messageAnswer, last.body);
  for (const { token, client } of people) {
    await until('the last message', () => client.message(message.id) !== undefined, 30_000);
    // Opened by somebody, a view-once message has changed, though not for everybody.
    expect(client.breaches.filter((breach) => !breach.endsWith('told twice'))).toEqual([]);
    await until(
      'the chat list',
      async () => {
        const answer = await callApi(url, 'GET', '/api/users/me/chats', undefined, token);
        return v.parse(chatsAnswer, answer.body).chats[0]?.last_seq === message.seq;
      },
      60_000,
    );
  }
  const acknowledged = people.flatMap(({ client }) => [...client.acknowledged.values()]);
  expect(acknowledged.length).toBeGreaterThan(kills * 3);
  expect(Math.min(deleted.size, opened)).toBeGreaterThan(0);
});
