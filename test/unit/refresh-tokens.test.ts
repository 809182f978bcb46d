import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatRefreshToken, hashSecret, judgeToken, parseRefreshToken, succeed, type TokenFamily } from '../../src/auth/refresh-tokens';

const day = 24 * 60 * 60 * 1000;
const now = 1_800_000_000_000;
const family: TokenFamily = { tokenHash: 'current', spentTokenHash: 'spent', createdAt: now - day, rotatedAt: now - 5_000, endedAt: null };
/** The family's tokens, each the successor of the one before. */
const chain = ['oldest', 'older', 'spent', 'current'];

function makeToken() {
  return { sessionId: randomUUID(), secret: new Uint8Array(randomBytes(32)) };
}

describe('[AUTH-3] refresh tokens', () => {
  it('[AUTH-3] reads what it writes, and nothing else', () => {
    const token = makeToken();
    const text = formatRefreshToken(token);
    expect(parseRefreshToken(text)).toEqual(token);
    const [id, secret] = text.split('.');
    for (const bad of [
      '',
      '.',
      `${id}`,
      `${id}.`,
      `.${secret}`,
      `x.${secret}`,
      `${id}.${secret}A`,
      `${id}.${secret?.slice(1)}`,
      `${text}.`,
      `${id}.${'!'.repeat(43)}`,
    ]) {
      expect(parseRefreshToken(bad), bad).toBeNull();
    }
  });

  it('[AUTH-3] the successor is the HMAC of the spent token under the server key', async () => {
    const key = new Uint8Array(randomBytes(32));
    const token = makeToken();
    const successor = await succeed(key, token);
    expect(successor.sessionId).toBe(token.sessionId);
    expect(Buffer.from(successor.secret)).toEqual(createHmac('sha256', key).update(token.secret).digest());
    expect(await succeed(key, token)).toEqual(successor);
    expect(await hashSecret(successor.secret)).not.toBe(await hashSecret(token.secret));
  });

  it.each<[verdict: string, token: string, change: Partial<TokenFamily>]>([
    ['current', 'current', {}],
    ['current', 'current', { createdAt: now - 90 * day, rotatedAt: now - 30 * day }],
    ['repeated', 'spent', {}],
    ['repeated', 'spent', { rotatedAt: now - 10_000 }],
    ['stolen', 'spent', { rotatedAt: now - 10_001 }],
    ['repeated_twice', 'older', {}],
    ['repeated_twice', 'older', { rotatedAt: now - 10_000 }],
    ['stolen', 'older', { rotatedAt: now - 10_001 }],
    ['stolen', 'oldest', {}],
    ['stolen', 'never given out', {}],
    ['stolen', 'spent', { spentTokenHash: null }],
    ['over', 'current', { endedAt: now - 1 }],
    ['over', 'current', { rotatedAt: now - 30 * day - 1 }],
    ['over', 'current', { createdAt: now - 90 * day - 1 }],
    ['over', 'spent', { endedAt: now - 1 }],
    ['over', 'older', { endedAt: now - 1 }],
  ])('[AUTH-3] judges "%s" for %s of %j', (verdict, token, change) => {
    const place = chain.indexOf(token);
    const successorHash = (place === -1 ? undefined : chain[place + 1]) ?? 'another';
    expect(judgeToken({ ...family, ...change }, { hash: token, successorHash }, now)).toBe(verdict);
  });
});
