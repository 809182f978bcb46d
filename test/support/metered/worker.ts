// The clock comes before all who look at it.
import './ledger';

import type { Env } from '../../../src/config';
import { Inbox as RealInbox } from '../../../src/inbox/inbox';
import { Limiter as RealLimiter } from '../../../src/limiter/limiter';
import type { CreateRoom } from '../../../src/room/creation';
import { Room as RealRoom } from '../../../src/room/room';
import worker from '../../../src/worker';
import { alarms, isAtRest, jumpTo, noteCall, noteStatement, takeAccount } from './ledger';

/** The deployment with every statement, call and alarm counted. */

class Room extends RealRoom {
  constructor(ctx: DurableObjectState, env: Env) {
    super(metered(ctx, 'Room'), env);
  }

  /** The time has come for the alarm. */
  goOff(): Promise<void> {
    return goOff(this.ctx, () => this.alarm());
  }
}

class Inbox extends RealInbox {
  constructor(ctx: DurableObjectState, env: Env) {
    super(metered(ctx, 'Inbox'), env);
  }

  goOff(): Promise<void> {
    return goOff(this.ctx, () => this.alarm());
  }
}

class Limiter extends RealLimiter {}

countCalls(Room, RealRoom, 'Room');
countCalls(Inbox, RealInbox, 'Inbox');

export { Inbox, Limiter, Room };

export default {
  async fetch(request, env, ctx) {
    const [, door, what, name] = new URL(request.url).pathname.split('/');
    if (door !== 'metered') return noteCall('Worker', 'fetch', () => worker.fetch(request, env, ctx));
    if (what === 'account') return Response.json(takeAccount());
    if (what === 'rooms') return Response.json(await makeRoom(env, await request.json<CreateRoom>()));
    if (what === 'jump') jumpTo(Number(name));
    const id = name === undefined ? null : env.ROOM.idFromName(name);
    if (what === 'alarm' && id !== null) await (env.ROOM.get(id) as DurableObjectStub<Room>).goOff();
    const alarmAt = id === null ? null : (alarms.get(id.toString()) ?? null);
    return Response.json({ now: Date.now(), isAtRest: isAtRest(), alarmAt });
  },
} satisfies ExportedHandler<Env>;

/** To sign up its members would measure the hashing of passwords. */
async function makeRoom(env: Env, order: CreateRoom): Promise<boolean> {
  return (await env.ROOM.get(env.ROOM.idFromName(order.id)).create(order)).ok;
}

async function goOff(ctx: DurableObjectState, alarm: () => Promise<void>): Promise<void> {
  // Waking up for it, the object may have set it anew, for a moment later.
  jumpTo(alarms.get(ctx.id.toString()) ?? 0);
  alarms.delete(ctx.id.toString());
  await alarm();
}

/** The object's context, with everything that its storage is asked to do in the books. */
function metered(ctx: DurableObjectState, object: string): DurableObjectState {
  const { storage } = ctx;
  const { sql } = storage;
  const id = ctx.id.toString();
  const counting = {
    exec: (statement: string, ...bindings: unknown[]) => noteStatement(object, statement, sql.exec(statement, ...bindings)),
  };
  const alarmRow = (statement: string) => noteStatement(object, statement, { rowsWritten: 1, rowsRead: 0 });
  const clock = {
    getAlarm: async () => alarms.get(id) ?? null,
    setAlarm: async (at: number) => {
      alarmRow('setAlarm');
      alarms.set(id, at);
    },
    deleteAlarm: async () => {
      alarmRow('deleteAlarm');
      alarms.delete(id);
    },
  };
  const proxy = new Proxy(storage, {
    get(target, name) {
      if (name === 'sql') return counting;
      if (name in clock) return Reflect.get(clock, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  Object.defineProperty(ctx, 'storage', { value: proxy });
  return ctx;
}

/** Counts every call of what may be asked of the object. */
function countCalls(metered: { prototype: object }, real: { prototype: object }, object: string): void {
  for (const name of Object.getOwnPropertyNames(real.prototype)) {
    const method: unknown = Reflect.get(real.prototype, name);
    if (name === 'constructor' || typeof method !== 'function') continue;
    Object.defineProperty(metered.prototype, name, {
      value(this: object, ...args: unknown[]) {
        return noteCall(object, name, () => method.apply(this, args));
      },
    });
  }
}
