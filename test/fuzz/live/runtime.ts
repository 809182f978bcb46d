import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { workerdConfig } from '../../../bench/lib/config.mjs';
import { bundleRelayhub, layOutRelayhub, signIn } from '../../../bench/lib/relayhub.mjs';
import { type Server, serve } from '../../../bench/lib/workerd.mjs';
import { assertNever } from '../../../src/assert-never';

/** What may befall an object, or all of them: a room tells inboxes in its drain, an inbox is told news. */
export const roomBlows = ['kill', 'abort', 'abort in alarm', 'abort in drain', 'sleep'] as const;
export type Blow = (typeof roomBlows)[number] | 'abort in news';

/** A room by the chat's id, or an inbox by the user's. */
export interface Place {
  readonly kind: 'room' | 'inbox';
  readonly name: string;
}

/** By what they die of, as the door counts it. */
const awaitedBlows = { alarm: 'abort in alarm', drain: 'abort in drain', news: 'abort in news' } as const;

const struckSchema = v.record(v.string(), v.number());

/** The runtime puts an object to sleep, under its open sockets, when it has had nothing to do for ten seconds. */
const sleepsAfterMs = 11_000;

/** A real runtime with the real deployment, as a fuzzer needs it. */
export interface Runtime {
  readonly url: string;
  /** A token of a new session. */
  signIn(userId: string): Promise<string>;
  /** Calls a method of the object. @throws when nobody knows whether it happened */
  call(place: Place, method: string, ...args: unknown[]): Promise<unknown>;
  strike(place: Place, blow: Blow): Promise<void>;
  /** How often each blow has struck until now: some wait for their moment, which may not come. */
  struck(): Promise<ReadonlyMap<Blow, number>>;
  close(): Promise<void>;
}

/** The bundle of a deployment on plain workerd: killed, it listens again after a third of a second, on the same port and disk. */
export async function startPlainRuntime(): Promise<Runtime> {
  const directory = mkdtempSync(join(tmpdir(), 'relayhub-fuzz-'));
  const [bundle, place, data] = ['bundle', 'server', 'server/data'].map((name) => join(directory, name));
  if (bundle === undefined || place === undefined || data === undefined) throw new Error('Three were named');
  await bundleRelayhub(bundle);
  mkdirSync(data, { recursive: true });
  cpSync(join(import.meta.dirname, 'door.js'), join(place, 'door.js'));
  const laidOut = layOutRelayhub(bundle, place, 'relayhub.js');
  const config = join(place, 'config.capnp');
  writeFileSync(config, workerdConfig({ ...laidOut, modules: ['door.js', ...laidOut.modules] }, data));
  let server: Server = await serve(place);
  const { port } = server;
  writeFileSync(config, readFileSync(config, 'utf8').replace('127.0.0.1:0', `127.0.0.1:${port}`));
  const url = `http://127.0.0.1:${port}`;
  const knock = async (place: string, body: unknown): Promise<unknown> => {
    const answer = await fetch(`${url}/door/${place}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`The door answered ${answer.status}`);
    return answer.json();
  };
  const hits = new Map<Blow, number>();
  const count = (blow: Blow, times = 1) => void hits.set(blow, (hits.get(blow) ?? 0) + times);
  /** The process counts those that wait for their moment, and forgets them when it dies. */
  const collect = async () => {
    const counted = v.parse(struckSchema, await knock('struck', null).catch(() => ({})));
    for (const [during, blow] of Object.entries(awaitedBlows)) count(blow, counted[during] ?? 0);
  };
  // One after the other: whoever else plays here only sees that everything breaks off.
  let lastKill = Promise.resolve();
  const kill = () => {
    lastKill = lastKill.then(async () => {
      await collect();
      for (const pid of server.pids) process.kill(pid, 'SIGKILL');
      await server.end();
      server = await serve(place);
    });
    return lastKill;
  };
  return {
    url,
    signIn,
    call: ({ kind, name }, method, ...args) => knock(`${kind}/${name}/${method}`, args),
    async strike({ kind, name }, blow) {
      const door = `${kind}/${name}`;
      switch (blow) {
        case 'kill':
          count(blow);
          return kill();
        case 'abort':
          count(blow);
          return void (await knock(`${door}/die`, []).catch(() => {}));
        case 'abort in alarm':
          return void (await knock(`${door}/arm`, 'alarm'));
        case 'abort in drain':
          return void (await knock(`${door}/arm`, 'drain'));
        case 'abort in news':
          return void (await knock(`${door}/arm`, 'news'));
        case 'sleep':
          await knock(`${door}/meet`, []);
          await delay(sleepsAfterMs);
          if ((await knock(`${door}/meet`, [])) === true) count(blow);
          return;
        default:
          return assertNever(blow);
      }
    },
    async struck() {
      await collect();
      return hits;
    },
    async close() {
      await server.end();
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
