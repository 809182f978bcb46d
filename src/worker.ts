import { handle } from './api/handle';
import { prune } from './api/prune';
import type { Env } from './config';

export { Inbox } from './inbox/inbox';
export { Limiter } from './limiter/limiter';
export { Room } from './room/room';

export default {
  fetch: handle,
  scheduled: (controller, env) => prune(env, controller.scheduledTime),
} satisfies ExportedHandler<Env>;
