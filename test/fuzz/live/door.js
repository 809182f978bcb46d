// @ts-nocheck: what it stands before is beside it in the bundle alone.
// The deployment's own Worker on plain workerd, with doors that only a fuzzer needs: a room's methods without accounts, and an
// object that dies when told to, in the middle of what it does.
import relayhub, { Inbox as RealInbox, Room as RealRoom } from './worker.js';

export { Limiter } from './worker.js';

/** Rooms in memory, and what each is to die of next: `alarm` or `drain`; by their object's id. All objects share the globals. */
const rooms = new Map();
const armed = new Map();
/** The object's id by the chat's. */
const objectIds = new Map();
/** How often rooms have died so. */
let struck = { alarm: 0, drain: 0 };

/** @param {string} objectId of a room @param {string} during */
function strike(objectId, during) {
  const room = rooms.get(objectId);
  if (armed.get(objectId) !== during || room === undefined) return;
  armed.delete(objectId);
  rooms.delete(objectId);
  struck[during] += 1;
  room.die();
}

export class Room extends RealRoom {
  #wasMet = false;

  constructor(ctx, env) {
    super(ctx, env);
    rooms.set(ctx.id.toString(), this);
  }

  /** Answers whether nobody has met this instance yet. */
  meet() {
    const isNew = !this.#wasMet;
    this.#wasMet = true;
    return isNew;
  }

  die() {
    this.ctx.abort('The fuzzer ended this object');
  }

  alarm() {
    const done = super.alarm();
    // What the alarm has written until now waits for the disk.
    strike(this.ctx.id.toString(), 'alarm');
    return done;
  }
}

export class Inbox extends RealInbox {
  noteChat(rev, summary, ...rest) {
    strike(objectIds.get(summary.id), 'drain');
    return super.noteChat(rev, summary, ...rest);
  }
}

export default {
  async fetch(request, env, executionCtx) {
    const [, door, chatId, method] = new URL(request.url).pathname.split('/');
    if (door !== 'door') return relayhub.fetch(request, env, executionCtx);
    const args = await request.json();
    if (chatId === 'struck') {
      const counted = struck;
      struck = { alarm: 0, drain: 0 };
      return Response.json(counted);
    }
    const objectId = env.ROOM.idFromName(chatId);
    objectIds.set(chatId, objectId.toString());
    if (method === 'arm') {
      armed.set(objectId.toString(), args);
      return Response.json(null);
    }
    return Response.json((await env.ROOM.get(objectId)[method](...args)) ?? null);
  },
};
