import { handle } from './api/handle';
import { runScheduled } from './api/scheduled';
import type { Env } from './config';

export { Inbox } from './inbox/inbox';
export { Limiter } from './limiter/limiter';
export { Room } from './room/room';

export default {
  fetch: handle,
  scheduled: runScheduled,
} satisfies ExportedHandler<Env>;
