import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { originalKey, thumbnailKey } from '../../src/media/keys';
import { computeLinkLife } from '../../src/media/link-life';
import { createS3 } from '../../src/media/s3';
import { linkExpiresAt, signDownload } from '../../src/media/signing';

const now = Date.UTC(2026, 10, 17, 12, 0, 0, 400);
const s3 = createS3({
  endpoint: 'https://account.example/base',
  bucket: 'pictures',
  region: 'auto',
  accessKeyId: 'key-id',
  secretAccessKey: 'very-secret',
});

describe('links to media', () => {
  it('[EXP-7] a link lives 300 s, or for what is left of the message', () => {
    expect(computeLinkLife(now, null)).toEqual({ signedAt: now - 400, seconds: 300 });
    expect(computeLinkLife(now, now + 3_600_000)).toEqual({ signedAt: now - 400, seconds: 300 });
    expect(computeLinkLife(now, now + 10_000)).toEqual({ signedAt: now - 400, seconds: 10 });
    expect(computeLinkLife(now, now + 10_700)).toEqual({ signedAt: now - 400, seconds: 11 });
  });

  it('[EXP-7] below a second there is no link', () => {
    expect(computeLinkLife(now, now + 1_000)).toEqual({ signedAt: now - 400, seconds: 1 });
    expect(computeLinkLife(now, now + 999)).toBeNull();
    expect(computeLinkLife(now, now - 1)).toBeNull();
  });

  it('[EXP-7] no link outlives its message', () => {
    const time = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(time, time, (at, end) => {
        const life = computeLinkLife(at, end);
        if (life !== null) expect(linkExpiresAt(life)).toBeLessThanOrEqual(end);
        else expect(end - at).toBeLessThan(1_000);
      }),
    );
  });

  it('[EXP-7] a signed link names its object and its life, and holds no secret', async () => {
    const url = new URL(await signDownload(s3, originalKey('chat', 'medium'), { signedAt: now - 400, seconds: 11 }));
    expect(url.origin + url.pathname).toBe('https://account.example/base/pictures/rooms/chat/medium/original');
    expect(url.searchParams.get('X-Amz-Date')).toBe('20261117T120000Z');
    expect(url.searchParams.get('X-Amz-Expires')).toBe('11');
    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host');
    expect(url.href).not.toContain('very-secret');
  });

  it('[EXP-5] keys follow from ids, and no two media share one', () => {
    expect(originalKey('chat', 'medium')).toBe('rooms/chat/medium/original');
    expect(thumbnailKey('chat', 'medium')).toBe('rooms/chat/medium/thumbnail');
  });
});
