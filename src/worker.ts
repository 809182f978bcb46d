import { handle } from './api/handle';
import type { Env } from './config';

export { Inbox } from './inbox/inbox';
export { Room } from './room/room';

export default { fetch: handle } satisfies ExportedHandler<Env>;
