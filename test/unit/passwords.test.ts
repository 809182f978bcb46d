import { argon2Sync } from 'node:crypto';
import loadArgon2 from '@phi-ag/argon2/node';
import { describe, expect, it, vi } from 'vitest';
import { isCommonPassword } from '../../src/auth/common-passwords';
import { isOutdated, Passwords, saltBytes } from '../../src/auth/passwords';

const argon2 = await loadArgon2();
const passwords = new Passwords(argon2);
const salt = new Uint8Array(saltBytes).fill(7);

/** The same by the implementation that Node brings. */
function referenceHash(password: string): string {
  const tag = argon2Sync('argon2id', { message: password, nonce: salt, parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 });
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=19456,t=2,p=1$${base64(salt)}$${base64(tag)}`;
}

describe('[AUTH-1] passwords', () => {
  it.each(['correct horse', 'пароль, которого нет', '🦊🦊🦊🦊🦊🦊🦊🦊', 'with a \0 inside'])(
    '[AUTH-1] %j hashes as any Argon2id would',
    (password) => {
      expect(passwords.hash(password, salt)).toBe(referenceHash(password));
    },
  );

  it('[AUTH-1] a password in a script of many bytes counts to its last letter', () => {
    const hash = passwords.hash('непроницаемость', salt);
    expect(passwords.verify(hash, 'непроницаемость')).toBe(true);
    expect(passwords.verify(hash, 'непроницаемостЬ')).toBe(false);
    expect(passwords.verify(hash, 'непроница')).toBe(false);
  });

  it('[AUTH-1] the same characters typed another way are the same password', () => {
    const hash = passwords.hash('caf\u00e9 \ufb01ne wine', salt);
    expect(passwords.verify(hash, 'cafe\u0301 fine wine')).toBe(true);
  });

  it('[AUTH-1] for nobody the answer is no, after the same work as for somebody', () => {
    const check = vi.spyOn(argon2, 'tryVerify');
    const hash = passwords.hash('somebody is here', salt);
    expect(passwords.verify(hash, 'not this one')).toBe(false);
    expect(passwords.verify(null, 'not this one')).toBe(false);
    const parametersOf = (encoded: string) => encoded.split('$').slice(0, 4);
    const [somebody, nobody] = check.mock.calls.map(([encoded]) => parametersOf(encoded));
    expect(nobody).toEqual(somebody);
    const [forSomebody, forNobody] = check.mock.results.map(({ value }) => value);
    expect(forNobody).toEqual(forSomebody);
    check.mockRestore();
  });

  it('[AUTH-1] a hash made with weaker parameters is still checked, and known to be outdated', () => {
    const old = argon2.hash('an old password', { salt, memoryCost: 4_096, timeCost: 1, parallelism: 1 }).encoded;
    expect(passwords.verify(old, 'an old password')).toBe(true);
    expect(isOutdated(old)).toBe(true);
    expect(isOutdated(passwords.hash('an old password', salt))).toBe(false);
  });

  it('[AUTH-1] the most common passwords are known in any case and width', async () => {
    for (const common of ['password', 'PassWord', '12345678', 'qwertyuiop', '88888888', 'ｐａｓｓｗｏｒｄ']) {
      expect(await isCommonPassword(common), common).toBe(true);
    }
    for (const fine of ['stopwatch in the fog', 'Tr0mbone-quilt', 'пароль, которого нет']) {
      expect(await isCommonPassword(fine), fine).toBe(false);
    }
  });
});
