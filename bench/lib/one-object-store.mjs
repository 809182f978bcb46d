import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * A media store that holds one object, gives it whatever the key, and swallows what is put.
 * @typedef {{ url: string, hold: (bytes: Uint8Array) => void, close: () => void }} OneObjectStore
 */

/** @returns {Promise<OneObjectStore>} */
export async function startStore() {
  /** @type {Uint8Array} */
  let object = new Uint8Array();
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const [, first, last] = request.headers.range?.match(/^bytes=(\d+)-(\d+)$/) ?? [];
      const part = first === undefined ? object : object.subarray(Number(first), Number(last) + 1);
      const isGiving = request.method !== 'PUT';
      response.writeHead(isGiving && first !== undefined ? 206 : 200, {
        etag: '"0"',
        ...(isGiving ? { 'content-length': part.length } : {}),
      });
      response.end(request.method === 'GET' ? part : undefined);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    hold: (bytes) => {
      object = bytes;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
