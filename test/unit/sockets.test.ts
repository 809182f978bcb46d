import { expect, test } from 'vitest';
import { Sockets } from '../../src/sockets';

const session = { userId: '00000000-0000-4000-8000-000000000001', sid: '00000000-0000-4000-8000-000000000002', openedAt: 0 };

/** A socket that keeps `frames` it is sent until they are `taken`. */
class HeldSocket {
  bufferedAmount = 0;
  send(frame: string): void {
    this.bufferedAmount += frame.length;
  }
  taken(): void {
    this.bufferedAmount = 0;
  }
  serializeAttachment(): void {}
  close(): void {}
}

function socketsWith(...held: HeldSocket[]): { sockets: Sockets; opened: WebSocket[] } {
  const sockets = new Sockets([], 10);
  const opened = held.map((socket) => socket as unknown as WebSocket);
  for (const socket of opened) sockets.add(socket, session);
  return { sockets, opened };
}

test('what is sent is on its way until the last who kept up has it, however far another lags', () => {
  const [prompt, lagging] = [new HeldSocket(), new HeldSocket()];
  const { sockets } = socketsWith(prompt, lagging);
  expect(sockets.isSending).toBe(false);
  lagging.send('of before');
  sockets.sendAll('now');
  expect(sockets.isSending).toBe(true);
  prompt.taken();
  expect(sockets.isSending).toBe(false);
});

test('nobody waits for a socket that is gone', () => {
  const { sockets, opened } = socketsWith(new HeldSocket());
  sockets.sendAll('now');
  for (const socket of opened) sockets.close(socket, 1000, '');
  expect(sockets.isSending).toBe(false);
});
