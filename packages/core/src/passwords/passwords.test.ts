/** `passwords.thorough.test.ts` computes a hash with the parameters of new ones. */
import { expect, test, vi } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { decoyOf } from '../server/login/password-verifier.js';
import { passwordHashes } from './kinds.js';
import { hashPassword, passwords, storedPasswords, verifyPassword, type PasswordHashName } from './index.js';

/** RFC 7914 §12, the tests of the reference code of Argon2, and OpenSSL's `kdf`. */
const vectors = [
  [
    'password',
    '$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA',
  ],
  ['password', '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'],
  ['password', '$pbkdf2-sha256$i=4096$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o'],
] as const;

/** One of each kind, with little work. */
const cheap = [
  ['correct horse', '$scrypt$ln=1,r=8,p=1$BwcHBwcHBwcHBwcHBwcHBw$ltVhIYW5rvRB/NGVnfzlOCnsq036kFXRFz1p+DAjmNA'],
  ...vectors.slice(1),
] as const;

test.each(vectors)('%s, as others hash it: %s', async (password, hash) => {
  expect(await verifyPassword(password, hash)).toBe(true);
  expect(await verifyPassword(`${password}x`, hash)).toBe(false);
});

test('who has gone before it is their turn costs nothing', async () => {
  const gone = new AbortController();
  const before = verifyPassword(...vectors[2]);
  const compared = verifyPassword(...vectors[1], gone.signal);
  gone.abort();
  await before;
  expect(await compared).toBe(false);
});

test.each([
  '',
  'locked',
  '$1$salt$hash',
  '$scrypt$ln=99,r=8,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA',
  '$scrypt$ln=1,r=8$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA',
  '$scrypt$ln=1,r=8,p=1,x=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA',
  '$scrypt$ln=1,r=8,p=1$c2FsdHNhbHQ$AAAA',
  '$scrypt$ln=1,r=8,p=1$c2FsdHNhbHQ$!!!!!!!!!!!!!!!!!!!!!!',
  '$argon2id$v=16$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA',
  '$argon2id$v=19$m=999999999,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA',
  '$pbkdf2-sha256$i=0$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA',
  // More memory than a comparison may take, less than a lane needs, less salt than there must be.
  '$scrypt$ln=20,r=8,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA',
  '$scrypt$ln=17,r=17,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA',
  '$argon2id$v=19$m=127,t=1,p=16$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA',
  '$argon2id$v=19$m=64,t=1,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA',
  `$scrypt$ln=1,r=8,p=1$${'A'.repeat(1000)}$AAAAAAAAAAAAAAAAAAAAAA`,
])('%j is no hash: nothing compares with it, and a server does not start with it', async (hash) => {
  expect(await verifyPassword('', hash)).toBe(false);
  expect(() => storedPasswords({ ada: hash })).toThrow(ConfigurationError);
  expect(() => storedPasswords({ ada: hash })).toThrow('the password hash of "ada" is not valid');
});

test('the parameters that take the most memory are computed with', () => {
  const greatest = '$scrypt$ln=18,r=8,p=16$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA';
  expect(() => storedPasswords({ ada: greatest })).not.toThrow();
  // What is no password is refused once the memory has been judged, and before it is taken.
  const derived = passwordHashes.scrypt.derive(null as never, new Uint8Array(8), { ln: 18, r: 8, p: 16 }, 32);
  return expect(derived).rejects.toThrow('password');
});

test('an unknown kind of hash is refused', async () => {
  for (const name of ['md5', 'toString'])
    await expect(hashPassword('x', name as PasswordHashName)).rejects.toThrow(ConfigurationError);
});

test('stored passwords by name; names of objects are nobody', () => {
  const hook = storedPasswords({ ada: vectors[2][1] });
  const asked = (user: string): unknown => hook({ user } as never, 'locked');
  expect([asked('ada'), asked('toString'), asked('__proto__')]).toEqual([vectors[2][1], undefined, undefined]);
});

test('Security: a hash that nobody can read costs what another costs, and lets nobody in', async () => {
  const derive = vi.spyOn(passwordHashes.scrypt, 'derive').mockResolvedValue(new Uint8Array(32));
  expect(await passwords.verify('guess', 'garbage')).toBe(false);
  expect(derive).toHaveBeenCalledOnce();
  expect(derive.mock.lastCall?.[2]).toEqual({ ln: 15, r: 8, p: 3 });
  derive.mockRestore();
});

test('a decoy costs what its model costs, and no password fits it', async () => {
  for (const [password, hash] of cheap) {
    const decoy = decoyOf(hash)!;
    expect(decoy.split('$').slice(0, -2)).toEqual(hash.split('$').slice(0, -2));
    expect(() => storedPasswords({ ada: decoy })).not.toThrow();
    expect(await verifyPassword(password, decoy)).toBe(false);
  }
  expect(decoyOf('locked')).toBe(undefined);
  expect(() => storedPasswords({ ada: passwords.decoy })).not.toThrow();
});
