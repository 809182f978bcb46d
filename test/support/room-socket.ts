import { type ClientRoomEventInput, type ServerRoomEvent, serverRoomEvent } from '../../src/protocol/room-frames';
import { TestSocket } from './test-socket';

export type RoomSocket = TestSocket<ServerRoomEvent, ClientRoomEventInput>;

/** Where a client stands in a room [SYNC-1]. */
export interface RoomPosition {
  readonly epoch: string;
  readonly rev: number;
}

/**
 * Connects to a room; its `welcome` is for the caller to wait for.
 * @param url origin of the server
 * @param accessToken `null` to come without one
 * @param position what to resume from; nothing the first time
 */
export function connectRoom(url: string, accessToken: string | null, chatId: string, position?: RoomPosition): RoomSocket {
  const query = position === undefined ? '' : `?${new URLSearchParams({ epoch: position.epoch, rev: String(position.rev) })}`;
  return new TestSocket(`${url.replace(/^http/, 'ws')}/api/chats/${chatId}/socket${query}`, accessToken, serverRoomEvent);
}
