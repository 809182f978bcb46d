import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { clientFrame } from './dialects.mjs';

const openTimeoutMs = 30_000;
/** One for all sockets: what a read brings is dealt with before the next. */
const received = Buffer.allocUnsafe(256 * 1024);

/**
 * How one socket enters a room. Where the server `greets`, the socket is in once it has heard something, and
 * answers by `reply`.
 * @typedef {{ path: string, protocols: string[], greets?: boolean, reply?: string }} Opening
 */

/** A WebSocket over bare TCP whose frames nobody parses: the generator must cost less than the server. */
export class Connection {
  /** Bytes received since the upgrade. */
  bytes = 0;
  isLost = false;
  #isClosing = false;
  #socket;
  #opening;
  #head = '';
  #reader;
  #onMessages;
  /** @type {PromiseWithResolvers<void>} */
  #opened = Promise.withResolvers();

  /**
   * @param {number} port on the loopback
   * @param {Opening} opening
   * @param {import('./readers.mjs').Reader} reader
   * @param {(count: number) => void} onMessages
   */
  constructor(port, opening, reader, onMessages) {
    this.#opening = opening;
    this.#reader = reader;
    this.#onMessages = onMessages;
    this.#socket = net.connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: { buffer: received, callback: (length) => this.#take(received.subarray(0, length)) },
    });
    this.#socket.write(upgradeRequest(port, opening));
    this.#socket.on('error', (error) => this.#opened.reject(error));
    this.#socket.on('close', () => {
      this.isLost = !this.#isClosing;
      this.#opened.reject(new Error(`No upgrade: ${this.#head.split('\r\n', 1)[0]}`));
    });
  }

  /** Resolves once the socket is in. */
  async opened() {
    const timer = setTimeout(() => this.#opened.reject(new Error('No upgrade in time')), openTimeoutMs);
    try {
      await this.#opened.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {Buffer} frame */
  send(frame) {
    this.#socket.write(frame);
  }

  close() {
    this.#isClosing = true;
    this.#socket.destroy();
  }

  /** @param {Buffer} piece */
  #take(piece) {
    const frames = this.#isOpen ? piece : this.#takeHead(piece);
    if (frames.length === 0) return true;
    if (this.bytes === 0) this.#greeted();
    this.bytes += frames.length;
    const count = this.#reader.read(frames);
    if (count > 0) this.#onMessages(count);
    return true;
  }

  #greeted() {
    if (this.#opening.reply !== undefined) this.send(clientFrame(this.#opening.reply));
    this.#opened.resolve();
  }

  #isOpen = false;

  /** The answer to the upgrade; what follows it is frames. @param {Buffer} piece */
  #takeHead(piece) {
    this.#head += piece.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return piece.subarray(0, 0);
    if (!this.#head.startsWith('HTTP/1.1 101 ')) {
      this.#socket.destroy();
      return piece.subarray(0, 0);
    }
    this.#isOpen = true;
    if (this.#opening.greets !== true) this.#opened.resolve();
    return piece.subarray(piece.length - (this.#head.length - end - 4));
  }
}

/** @param {number} port @param {Opening} opening */
function upgradeRequest(port, { path, protocols }) {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    ...(protocols.length > 0 ? [`Sec-WebSocket-Protocol: ${protocols.join(', ')}`] : []),
    '\r\n',
  ].join('\r\n');
}
