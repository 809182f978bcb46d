// @ts-nocheck: what it stands before is beside it in the bundle alone.
// The deployment's own Worker on plain workerd, with doors that only a fuzzer needs: the methods of rooms and inboxes without
// accounts, and objects that die when told to, in the middle of what they do.
import relayhub, { Inbox as RealInbox, Room as RealRoom } from './worker.js';

export { Limiter } from './worker.js';

/** Objects in memory, and what each is to die of next; by their ids. All of them share the globals. */
const objects = new Map();
const armed = new Map();
/** The id of a room's object by the chat's. */
const roomIds = new Map();
/** How often objects have died so. */
let struck = {};

/** @param {string} objectId @param {string} during */
function strike(objectId, during) {
  const object = objects.get(objectId);
  if (armed.get(objectId) !== during || object === undefined) return;
  armed.delete(objectId);
  objects.delete(objectId);
  struck[during] = (struck[during] ?? 0) + 1;
  object.die();
}

/** An object that is known by its id, and can be told to die. */
const mortal = (Real) =>
  class extends Real {
    #wasMet = false;

    constructor(ctx, env) {
      super(ctx, env);
      objects.set(ctx.id.toString(), this);
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
  };

export class Room extends mortal(RealRoom) {}

export class Inbox extends mortal(RealInbox) {
  async noteChat(rev, summary, ...rest) {
    strike(roomIds.get(summary.id), 'drain');
    const answer = await super.noteChat(rev, summary, ...rest);
    // It is written, and waits for the disk.
    strike(this.ctx.id.toString(), 'news');
    return answer;
  }

  /** Whether what the user wished of others has reached their rooms. */
  hasToldBlocks() {
    return this.ctx.storage.sql.exec("SELECT key FROM jobs WHERE kind = 'tell_block'").toArray().length === 0;
  }
}

export default {
  async fetch(request, env, executionCtx) {
    const [, door, kind, name, method] = new URL(request.url).pathname.split('/');
    if (door !== 'door') return relayhub.fetch(request, env, executionCtx);
    const args = await request.json();
    if (kind === 'struck') {
      const counted = struck;
      struck = {};
      return Response.json(counted);
    }
    const namespace = kind === 'room' ? env.ROOM : env.INBOX;
    const objectId = namespace.idFromName(name);
    if (kind === 'room') roomIds.set(name, objectId.toString());
    if (method === 'arm') {
      armed.set(objectId.toString(), args);
      return Response.json(null);
    }
    return Response.json((await namespace.get(objectId)[method](...args)) ?? null);
  },
};
