import type { Connection, ConnectionHandlers } from './platform';

/** Opens a connection with the standard WebSocket of browsers and Node. */
export function connectWebSocket(url: string, protocols: readonly string[], handlers: ConnectionHandlers): Connection {
  const socket = new WebSocket(url, [...protocols]);
  let isAbandoned = false;
  socket.addEventListener('message', ({ data }) => {
    if (!isAbandoned && typeof data === 'string') handlers.received(data);
  });
  socket.addEventListener('close', ({ code }) => {
    if (!isAbandoned) handlers.closed(code);
  });
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close() {
      isAbandoned = true;
      socket.close();
    },
  };
}
