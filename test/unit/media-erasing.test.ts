import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { createS3, eraseMedia } from '../../src/media/s3';

it('[EXP-5] an erasure that hangs ends by itself within its time, without attempts of its own that would outlast the outbox', async () => {
  const asked: string[] = [];
  const server = createServer((request) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port');
    const s3 = createS3({
      endpoint: `http://127.0.0.1:${address.port}`,
      bucket: 'media',
      region: 'auto',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
    });
    await expect(eraseMedia(s3, 'chat', 'medium', 1_000)).rejects.toMatchObject({ name: expect.stringMatching(/^(Abort|Timeout)Error$/) });
    // On a busy machine not all may have been asked before the time was over; none is asked twice.
    expect(asked.length).toBeGreaterThan(0);
    expect(asked).toEqual([...new Set(asked)]);
    for (const call of asked) expect(call).toMatch(/^DELETE \/media\/(rooms\/chat\/medium\/(original|thumbnail)|uploads\/chat\/medium)$/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
