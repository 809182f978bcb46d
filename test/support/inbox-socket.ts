import { type ClientInboxEvent, type ServerInboxEvent, serverInboxEvent } from '../../src/protocol/inbox-frames';
import { TestSocket } from './test-socket';

export type InboxSocket = TestSocket<ServerInboxEvent, ClientInboxEvent>;

/**
 * Connects to the inbox of the token's user; its first frame is for the caller to wait for.
 * @param url origin of the server
 * @param rev what to resume from [INBOX-1]; nothing the first time
 */
export function connectInbox(url: string, accessToken: string | null, rev?: number): InboxSocket {
  const query = rev === undefined ? '' : `?rev=${rev}`;
  return new TestSocket(`${url.replace(/^http/, 'ws')}/api/users/me/socket${query}`, accessToken, serverInboxEvent);
}
