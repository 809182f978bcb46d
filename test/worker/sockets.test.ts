import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeCodes, subprotocol } from '../../src/protocol/close-codes';
import { type Harness, startHarness } from '../support/harness';
import { type Person, signUp } from '../support/people';

let harness: Harness;
let ada: Person;
beforeAll(async () => {
  harness = await startHarness();
  ada = await signUp(harness.url, 'ada');
});
afterAll(() => harness.close());

const path = '/api/users/me/socket';

/** How a client that reads statuses sees its upgrade answered. */
async function upgrade(headers: Record<string, string>): Promise<{ status: number | undefined; protocol: string | undefined }> {
  const sent = request(`${harness.url}${path}`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      ...headers,
    },
  });
  const answered = Promise.race([once(sent, 'response'), once(sent, 'upgrade')]);
  sent.end();
  const [answer] = await answered;
  answer.destroy();
  return { status: answer.statusCode, protocol: answer.headers['sec-websocket-protocol'] };
}

describe('upgrades', () => {
  it('[SOCK-1] one that asks for no subprotocol gets the HTTP problem, with a token and without', async () => {
    expect(await upgrade({})).toEqual({ status: 422, protocol: undefined });
    expect(await upgrade({ authorization: `Bearer ${ada.accessToken}` })).toEqual({ status: 422, protocol: undefined });
  });

  it('[SOCK-1] [SOCK-3] one that asks for other subprotocols is closed so that a browser can read 4426, and never has its token echoed', async () => {
    const bearer = `bearer.${ada.accessToken}`;
    expect(await upgrade({ 'sec-websocket-protocol': bearer })).toEqual({ status: 101, protocol: undefined });
    const socket = new WebSocket(`${harness.url.replace(/^http/, 'ws')}${path}`, ['relayhub.v0', bearer]);
    const [closing] = await once(socket, 'close');
    expect(closing).toMatchObject({ code: closeCodes.protocolNotSpoken });
  });

  it('[SOCK-1] one that asks for ours opens, the token in a header or beside it, and only its name is echoed', async () => {
    const opened = { status: 101, protocol: subprotocol };
    expect(await upgrade({ 'sec-websocket-protocol': subprotocol, authorization: `Bearer ${ada.accessToken}` })).toEqual(opened);
    expect(await upgrade({ 'sec-websocket-protocol': `${subprotocol}, bearer.${ada.accessToken}` })).toEqual(opened);
  });
});
