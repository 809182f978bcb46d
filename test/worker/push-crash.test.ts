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

test('[INBOX-5] a push that was due when the server was killed is sent once it is back', async () => {
  const { chatId, device, send } = await makeAway();
  expect((await send()).status).toBe(201);
  // The inbox has heard of it, and waits whether it is read.
  await delay(1_500);
  await server.kill();
  expect(device.received).toEqual([]);
  await server.restart();
  await device.waitFor(chatId, 1, 60_000);
  await delay(5_000);
  expect(device.of(chatId).length).toBe(1);
}, 120_000);

test('[INBOX-5] a push that was on its way when the server was killed is sent again', async () => {
  const { chatId, device, send } = await makeAway();
  device.answers.push('hang');
  await send();
  await until('the push to be on its way', () => device.calls.length === 1, 20_000);
  await server.kill();
  await server.restart();
  await device.waitFor(chatId, 1, 60_000);
  expect(device.calls).toHaveLength(2);
}, 120_000);
