import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { accessTokenSeconds, issueAccessToken, verifyAccessToken } from '../../src/auth/access-tokens';
import type { SigningKey } from '../../src/config';

function makeKey(): SigningKey {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return v.parse(v.object({ kty: v.literal('OKP'), crv: v.literal('Ed25519'), kid: v.string(), x: v.string(), d: v.string() }), {
    ...jwk,
    kid: randomUUID(),
  });
}

const key = makeKey();
const config = { appOrigin: 'https://relayhub.example', accessTokenKeys: [key] } as const;
const subject = { userId: randomUUID(), sessionId: randomUUID() };
const now = 1_800_000_000_000;

/** A token as ours, but for what is overridden. */
async function forge(header: { alg?: string; typ?: string; kid?: string }, payload: JWTPayload, signer: SigningKey = key): Promise<string> {
  return new SignJWT({ iat: now / 1000, exp: now / 1000 + 60, sub: subject.userId, sid: subject.sessionId, ...payload })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: key.kid, ...header })
    .setIssuer(typeof payload.iss === 'string' ? payload.iss : config.appOrigin)
    .setAudience(typeof payload.aud === 'string' ? payload.aud : config.appOrigin)
    .sign(await importJWK({ ...signer }, 'EdDSA'));
}

describe('[AUTH-2] access tokens', () => {
  it('[AUTH-2] names its user and session until fifteen minutes are over', async () => {
    const token = await issueAccessToken(config, subject, now);
    expect(accessTokenSeconds).toBe(900);
    expect(await verifyAccessToken(config, token, now)).toEqual(subject);
    expect(await verifyAccessToken(config, token, now + 899_000)).toEqual(subject);
    await expect(verifyAccessToken(config, token, now + 900_000)).rejects.toMatchObject({ code: 'token_expired' });
  });

  it('[AUTH-2] stays valid while its key is being rotated out, and no longer', async () => {
    const token = await issueAccessToken(config, subject, now);
    const newKey = makeKey();
    expect(await verifyAccessToken({ ...config, accessTokenKeys: [newKey, key] }, token, now)).toEqual(subject);
    await expect(verifyAccessToken({ ...config, accessTokenKeys: [newKey] }, token, now)).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('[AUTH-2] forgeries are told apart', async () => {
    const good = await issueAccessToken(config, subject, now);
    const [header, payload, signature = ''] = good.split('.');
    const { d: _, ...publicKey } = key;
    const forgeries: Record<string, string> = {
      empty: '',
      garbage: 'not.a.token',
      'a changed signature': `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      'no signature': `${header}.${payload}.`,
      'algorithm none': new UnsecuredJWT({ sub: subject.userId, sid: subject.sessionId })
        .setIssuer(config.appOrigin)
        .setAudience(config.appOrigin)
        .setIssuedAt(now / 1000)
        .setExpirationTime(now / 1000 + 60)
        .encode(),
      'a public key as HMAC secret': await new SignJWT({ sid: subject.sessionId })
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: key.kid })
        .setSubject(subject.userId)
        .setIssuer(config.appOrigin)
        .setAudience(config.appOrigin)
        .setIssuedAt(now / 1000)
        .setExpirationTime(now / 1000 + 60)
        .sign(new TextEncoder().encode(JSON.stringify(publicKey))),
      'another key under our kid': await forge({}, {}, makeKey()),
      'an unknown kid': await forge({ kid: 'another' }, {}),
      'another type': await forge({ typ: 'JWT' }, {}),
      'another issuer': await forge({}, { iss: 'https://elsewhere.example' }),
      'another audience': await forge({}, { aud: 'https://elsewhere.example' }),
      'a session that is no id': await forge({}, { sid: 'x' }),
      'a user that is no id': await forge({}, { sub: 'x' }),
    };
    expect(await verifyAccessToken(config, await forge({}, {}), now)).toEqual(subject);
    for (const [what, token] of Object.entries(forgeries)) {
      await expect(verifyAccessToken(config, token, now), what).rejects.toMatchObject({ name: 'Refusal', code: 'unauthenticated' });
    }
    await expect(verifyAccessToken(config, null, now)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('[AUTH-2] a broken key is a fault, not a refusal', async () => {
    const broken = { appOrigin: config.appOrigin, accessTokenKeys: [{ ...key, d: 'AAAA' }] } as const;
    await expect(issueAccessToken(broken, subject, now)).rejects.not.toMatchObject({ name: 'Refusal' });
  });
});
