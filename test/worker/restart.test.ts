import { afterAll, beforeAll, expect, test } from 'vitest';
import { callApi, signUp } from '../support/people';
import { TestServer } from '../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.close());

test('[AUTH-1] an account and its session outlive a SIGKILL of the whole server', async () => {
  const ada = await signUp(server.url, 'ada');

  await server.kill();
  await expect(fetch(`${server.url}/api/health`)).rejects.toThrow();
  await server.restart();

  const login = await callApi(server.url, 'POST', '/api/login', { username: ada.username, password: ada.password, cookie: false });
  expect(login.status).toBe(200);
  const me = await ada.call('GET', '/api/users/me');
  expect(me).toMatchObject({ status: 200, body: { id: ada.id } });
});
