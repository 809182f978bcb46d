import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workerdConfig } from './config.mjs';
import { layOutRelayhub, openRelayhubRoom } from './relayhub.mjs';
import { serve } from './workerd.mjs';

/**
 * One of those that are measured side by side.
 * @typedef {object} Peer
 * @property {'relayhub' | 'bare'} dialect how its clients write a message
 * @property {(bundle: string, directory: string) => Parameters<typeof workerdConfig>[0]} layOut puts its modules into the directory
 * @property {(port: number, sockets: number) => Promise<import('../loadgen/connection.mjs').Opening[]>} openRoom a new room, and how each socket enters it
 */

/** @param {string} entry @returns {Peer} */
const relayhub = (entry) => ({
  dialect: 'relayhub',
  layOut: (bundle, directory) => layOutRelayhub(bundle, directory, entry),
  openRoom: openRelayhubRoom,
});

let rooms = 0;
/** @param {string} kind @returns {Peer} */
const bare = (kind) => ({
  dialect: 'bare',
  layOut: (_bundle, directory) => {
    cpSync(join(import.meta.dirname, '../workers/peers.js'), join(directory, 'peers.js'));
    return { modules: ['peers.js'], objects: { [kind]: kind } };
  },
  openRoom: async (_port, sockets) => {
    rooms += 1;
    const path = `/${kind}/${rooms}`;
    return Array.from({ length: sockets }, () => ({ path, protocols: [] }));
  },
});

/** @type {Record<string, Peer>} */
export const peers = {
  relayhub: relayhub('relayhub.js'),
  'relayhub-silent': relayhub('relayhub-silent.js'),
  'do-Adaptive': bare('Adaptive'),
  'do-Sql': bare('Sql'),
};

/**
 * Starts a peer with empty storage.
 * @param {Peer} peer
 * @param {string} bundle
 * @param {string} directory made for it
 * @param {Parameters<typeof serve>[1]} [options]
 */
export function startPeer(peer, bundle, directory, options) {
  const data = join(directory, 'data');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(directory, 'config.capnp'), workerdConfig(peer.layOut(bundle, directory), data));
  return serve(directory, options);
}
