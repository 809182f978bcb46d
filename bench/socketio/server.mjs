// The seed's architecture: Socket.IO, its Redis adapter, and one PostgreSQL INSERT a message before the room is told.
// Told by the environment where both are; prints the port that it listens on.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import pg from 'pg';
import { createClient } from 'redis';
import { Server } from 'socket.io';

const connections = 10;
const insert = { name: 'insert', text: 'INSERT INTO messages(room, sender, body) VALUES ($1, $2, $3) RETURNING id' };

// Host, port, user and password by the variables of PostgreSQL's own clients.
const database = new pg.Pool({ database: 'postgres', max: connections });
await database.query(
  `CREATE TABLE messages(id bigserial PRIMARY KEY, room text NOT NULL, sender text NOT NULL, body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()); CREATE INDEX ON messages(room, id)`,
);
const publisher = createClient({ url: process.env.REDIS_URL });
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);

const http = createServer();
const sockets = new Server(http, {
  adapter: createAdapter(publisher, subscriber),
  transports: ['websocket'],
  serveClient: false,
  // The generator answers no ping.
  pingInterval: 120_000,
});
sockets.on('connection', (socket) => {
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on('message', async ({ body }) => {
    const { rows } = await database.query({ ...insert, values: [room, socket.id, body] });
    sockets.to(room).emit('message', { id: rows[0].id, sender: socket.id, body });
  });
});
http.listen(0, '127.0.0.1');
await once(http, 'listening');
console.log(http.address().port);
