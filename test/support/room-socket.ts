import { onTestFinished } from 'vitest';
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

/**
 * The same, once it is welcome, and after an event: workerd 2026-11-17 keeps the connection of a socket that never received one
 * open for 10 s after the close frame.
 */
export async function enterRoom(url: string, accessToken: string, chatId: string, position?: RoomPosition): Promise<RoomSocket> {
  const socket = connectRoom(url, accessToken, chatId, position);
  await socket.waitForType('welcome');
  socket.send({ type: 'typing_stop' });
  return socket;
}

/** The same until the test ends. Not for concurrent ones: vitest knows only which of them began last. */
export async function visitRoom(url: string, accessToken: string, chatId: string, position?: RoomPosition): Promise<RoomSocket> {
  const socket = await enterRoom(url, accessToken, chatId, position);
  onTestFinished(async () => void (await socket.close()));
  return socket;
}
