// As relayhub.js, with two doors more: one that makes every message of a room end at one moment, which no client can, and
// one that tells how long the room was held at a time.
import relayhub, { Room as RealRoom } from './relayhub.js';

export { Inbox, Limiter } from './relayhub.js';

export class Room extends RealRoom {
  #holdsMs = null;

  endAllAt(at) {
    this.ctx.storage.sql.exec('UPDATE messages SET ends_at = ? WHERE ends_at IS NOT NULL', at);
    return this.ctx.storage.setAlarm(at);
  }

  /** From now on notes how long the object did nothing else: the time between two timers that are due at once. */
  watchHolds() {
    this.#holdsMs = [];
    void this.#watch(this.#holdsMs);
  }

  /** Those since then. */
  takeHolds() {
    const holdsMs = this.#holdsMs ?? [];
    this.#holdsMs = null;
    return holdsMs;
  }

  async #watch(holdsMs) {
    for (let at = performance.now(); holdsMs === this.#holdsMs; ) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      const now = performance.now();
      holdsMs.push(now - at);
      at = now;
    }
  }
}

export default {
  async fetch(request, env, executionCtx) {
    const [, bench, chatId, door, at] = new URL(request.url).pathname.split('/');
    if (bench !== 'ends') return relayhub.fetch(request, env, executionCtx);
    const room = env.ROOM.get(env.ROOM.idFromName(chatId));
    if (door === 'all') await room.endAllAt(Number(at));
    if (door === 'watch') await room.watchHolds();
    return Response.json(door === 'holds' ? await room.takeHolds() : null);
  },
};
