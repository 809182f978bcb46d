/**
 * What is measured. The numbers match those by which the design's alternatives were compared, so that they can be laid side by side.
 *
 * @typedef {object} Test
 * @property {'saturate' | 'pace' | 'echo'} kind
 * @property {number} sockets in the room, each a receiver
 * @property {number} senders how many of them send, in turn
 * @property {number} window messages on their way at once; for `pace` without meaning
 * @property {number} rate messages per second; for `pace` only
 * @property {number} warmUpSeconds
 * @property {number} seconds
 */

/** @type {Record<string, Test>} */
export const tests = {
  sat10: { kind: 'saturate', sockets: 10, senders: 8, window: 32, rate: 0, warmUpSeconds: 1, seconds: 2.4 },
  sat100: { kind: 'saturate', sockets: 100, senders: 8, window: 32, rate: 0, warmUpSeconds: 1, seconds: 2.4 },
  sat1000: { kind: 'saturate', sockets: 1000, senders: 8, window: 16, rate: 0, warmUpSeconds: 1, seconds: 3 },
  lat: { kind: 'pace', sockets: 100, senders: 8, window: 0, rate: 20, warmUpSeconds: 1, seconds: 20 },
  ack64: { kind: 'echo', sockets: 1, senders: 1, window: 64, rate: 0, warmUpSeconds: 1, seconds: 2 },
  ack1: { kind: 'echo', sockets: 1, senders: 1, window: 1, rate: 0, warmUpSeconds: 0.5, seconds: 1.5 },
};
