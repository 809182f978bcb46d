import { subprotocol } from './protocol/close-codes';

/** Where a client of a room says it stopped [SYNC-1]. */
export interface ResumePoint {
  readonly epoch: string;
  readonly rev: number;
}

/** What the Worker passes to an object along with an upgrade it has authenticated. */
export interface Upgrade {
  readonly userId: string;
  readonly sid: string;
  readonly resume: ResumePoint | null;
}

const header = 'x-relayhub-upgrade';

/** The request that asks an object for a socket. Built anew: nothing that the client sent reaches the object but what `upgrade` says. */
export function upgradeRequest(upgrade: Upgrade): Request {
  return new Request('https://object/socket', { headers: { upgrade: 'websocket', [header]: JSON.stringify(upgrade) } });
}

/** What `upgradeRequest` carries. Only the Worker can reach an object, so it is trusted. */
export function readUpgrade(request: Request): Upgrade {
  return JSON.parse(request.headers.get(header) ?? '') as Upgrade;
}

/** The answer that hands the client its end of the socket; only the protocol's name is echoed, never the token beside it. */
export function switchProtocols(client: WebSocket): Response {
  return new Response(null, { status: 101, webSocket: client, headers: { 'sec-websocket-protocol': subprotocol } });
}
