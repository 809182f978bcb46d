import { randomUUID } from 'node:crypto';
import { newBody } from './bodies.mjs';

/**
 * How a client writes a message, by dialect. Every text is ASCII.
 * @type {Record<'relayhub' | 'bare' | 'socketio', () => string>}
 */
export const dialects = {
  relayhub: () => `{"type":"send_message","id":"${newMessageId()}","message_type":"text","content":"${newBody()}"}`,
  bare: () => `{"t":"m","b":"${newBody()}"}`,
  socketio: () => `42["message",{"body":"${newBody()}"}]`,
};

/** As our page makes them: of version 7. */
function newMessageId() {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** A client's text frame of 126 to 65,535 bytes or fewer, masked with zeros: the peer unmasks as ever, we save the work. @param {string} text */
export function clientFrame(text) {
  const { length } = text;
  const headerBytes = length < 126 ? 6 : 8;
  const frame = Buffer.alloc(headerBytes + length);
  frame[0] = 0x81;
  if (length < 126) frame[1] = 0x80 | length;
  else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  }
  frame.write(text, headerBytes, 'latin1');
  return frame;
}
