// The deployment's own Worker with one door more: rooms are made without signing up their members, which would only
// measure the hashing of passwords. Everything else, sockets above all, goes through the real entry.
import relayhub from './worker.js';

export { Inbox, Limiter, Room } from './worker.js';

export default {
  async fetch(request, env, executionCtx) {
    if (new URL(request.url).pathname !== '/bench/rooms') return relayhub.fetch(request, env, executionCtx);
    const order = await request.json();
    return Response.json(await env.ROOM.get(env.ROOM.idFromName(order.id)).create(order));
  },
};
