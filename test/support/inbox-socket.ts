import { onTestFinished } from 'vitest';
import { type ClientInboxEvent, type ServerInboxEvent, serverInboxEvent } from '../../src/protocol/inbox-frames';
import type { RoomPosition } from './room-socket';
import { TestSocket } from './test-socket';

export type InboxSocket = TestSocket<ServerInboxEvent, ClientInboxEvent>;

/**
 * Connects to the inbox of the token's user; its first frame is for the caller to wait for.
 * @param url origin of the server
 * @param position what to resume from [INBOX-1]; nothing the first time
 */
export function connectInbox(url: string, accessToken: string | null, position?: RoomPosition): InboxSocket {
  const query = position === undefined ? '' : `?${new URLSearchParams({ epoch: position.epoch, rev: String(position.rev) })}`;
  return new TestSocket(`${url.replace(/^http/, 'ws')}/api/users/me/socket${query}`, accessToken, serverInboxEvent);
}

/** The same, once its first frame is there, until the test ends. Not for concurrent ones: vitest knows only which of them began last. */
export async function visitInbox(url: string, accessToken: string): Promise<InboxSocket> {
  const socket = connectInbox(url, accessToken);
  await socket.waitForType('inbox');
  onTestFinished(async () => void (await socket.close()));
  return socket;
}
