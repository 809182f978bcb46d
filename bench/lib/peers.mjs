import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workerdConfig } from './config.mjs';
import { layOutRelayhub, openRelayhubRoom } from './relayhub.mjs';
import { serveSocketio, whyNoSocketio } from './socketio.mjs';
import { serve } from './workerd.mjs';

/**
 * One of those that are measured side by side.
 * @typedef {object} Peer
 * @property {import('../loadgen/main.mjs').Job['dialect']} dialect how its clients write a message
 * @property {() => string | null} [whyNot] what this machine lacks for it; null, or absent, when it can be measured
 * @property {(bundle: string, directory: string, options?: Parameters<typeof serve>[1]) => Promise<import('./workerd.mjs').Server>} start
 * serves it with empty storage out of a directory that is there
 * @property {(port: number, sockets: number) => Promise<import('../loadgen/connection.mjs').Opening[]>} openRoom a new room, and how each socket enters it
 */

/** @param {string} entry @returns {Peer} */
const relayhub = (entry) => ({
  dialect: 'relayhub',
  start: (bundle, directory, options) => serveWorker(layOutRelayhub(bundle, directory, entry), directory, options),
  openRoom: openRelayhubRoom,
});

let rooms = 0;
/** @param {string} kind @returns {Peer} */
const bare = (kind) => ({
  dialect: 'bare',
  start: (_bundle, directory, options) => {
    cpSync(join(import.meta.dirname, '../workers/peers.js'), join(directory, 'peers.js'));
    return serveWorker({ modules: ['peers.js'], objects: { [kind]: kind } }, directory, options);
  },
  openRoom: async (_port, sockets) => {
    rooms += 1;
    const path = `/${kind}/${rooms}`;
    return Array.from({ length: sockets }, () => ({ path, protocols: [] }));
  },
});

/** @type {Peer} */
const socketio = {
  dialect: 'socketio',
  whyNot: whyNoSocketio,
  start: (_bundle, directory) => serveSocketio(directory),
  openRoom: async (_port, sockets) => {
    rooms += 1;
    const path = `/socket.io/?EIO=4&transport=websocket&room=${rooms}`;
    return Array.from({ length: sockets }, () => ({ path, protocols: [], greets: true, reply: '40' }));
  },
};

/** @type {Record<string, Peer>} */
export const peers = {
  relayhub: relayhub('relayhub.js'),
  'relayhub-silent': relayhub('relayhub-silent.js'),
  'do-Adaptive': bare('Adaptive'),
  'do-Sql': bare('Sql'),
  'socketio-pg-redis': socketio,
};

/**
 * Starts a peer with empty storage.
 * @param {Peer} peer
 * @param {string} bundle
 * @param {string} directory made for it
 * @param {Parameters<typeof serve>[1]} [options]
 */
export function startPeer(peer, bundle, directory, options) {
  mkdirSync(directory, { recursive: true });
  return peer.start(bundle, directory, options);
}

/**
 * Serves a Worker with empty storage.
 * @param {Parameters<typeof workerdConfig>[0]} worker its modules lie in the directory
 * @param {string} directory
 * @param {Parameters<typeof serve>[1]} [options]
 */
export function serveWorker(worker, directory, options) {
  const data = join(directory, 'data');
  mkdirSync(data);
  writeFileSync(join(directory, 'config.capnp'), workerdConfig(worker, data));
  return serve(directory, options);
}
