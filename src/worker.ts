export { Inbox } from './inbox/inbox';
export { Room } from './room/room';
