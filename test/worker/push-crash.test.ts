import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configAnswer } from '../../src/protocol/rest';
import { makeDirectChat, text } from '../support/chats';
import { callApi } from '../support/people';
import { until } from '../support/poll';
import { PushService } from '../support/push-service';
import { TestServer } from '../support/server';

let server: TestServer;
let service: PushService;
beforeAll(async () => {
  [server, service] = await Promise.all([TestServer.start(), PushService.start()]);
});
afterAll(() => Promise.all([server.close(), service.close()]));

async function makeAway() {
  const { body } = await callApi(server.url, 'GET', '/api/config');
  const chat = await makeDirectChat(server.url);
  const device = service.subscribe(v.parse(configAnswer, body).vapid_public_key ?? '');
  expect((await chat.ben.call('PUT', '/api/users/me/push', device.subscription)).status).toBe(204);
  return { ...chat, device, send: () => chat.ada.call('POST', `/api/chats/${chat.chatId}/messages`, text('kept')) };
}

test('[INBOX-5] when the server is killed, a push that is on its way is sent again, and one that was due is sent once', async () => {
  const [underWay, due] = [await makeAway(), await makeAway()];
  underWay.device.answers.push('hang');
  expect((await underWay.send()).status).toBe(201);
  await until('the push to be on its way', () => underWay.device.calls.length === 1, 20_000);
  expect((await due.send()).status).toBe(201);
  // The inbox has heard of it, and waits whether it is read.
  await delay(1_500);
  await server.kill();
  expect([underWay.device.received, due.device.received]).toEqual([[], []]);
  await server.restart();
  await Promise.all([underWay.device.waitFor(underWay.chatId, 1, 60_000), due.device.waitFor(due.chatId, 1, 60_000)]);
  await delay(5_000);
  expect([underWay.device.calls.length, due.device.of(due.chatId).length]).toEqual([2, 1]);
}, 120_000);
