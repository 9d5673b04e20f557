/** NTRU Prime (round 3) §3.6: what decapsulation accepts. `test/vectors` compares the rest with the reference implementation. */
import { expect, test } from 'vitest';
import { noble } from '../noble.js';
import { equalBytes } from '../provider.js';
import { hide, prefixedHash, sessionKey } from './encapsulate.js';
import { encodeSmall } from './encoding.js';
import { sntrup761 } from './kem.js';
import { randomShort } from './random.js';

test.each([
  ['is taken', 0],
  ['of one coefficient less, otherwise as honest, is not', 1],
] as const)('a ciphertext of a short polynomial %s', async (_what, zeroed) => {
  const kem = sntrup761(noble);
  const { publicKey, secretKey } = await kem.generate();
  const r = randomShort(noble.random);
  for (let left = zeroed, index = 0; left > 0; index += 1) {
    left -= Math.abs(r[index]!);
    r[index] = 0;
  }
  // Made like an honest one, and decrypts to what was encrypted.
  const ciphertext = hide(noble, r, publicKey, prefixedHash(noble, 4, publicKey));
  const intended = sessionKey(noble, 1, encodeSmall(r), ciphertext);
  expect(equalBytes(await kem.decapsulate(secretKey, ciphertext), intended)).toBe(zeroed === 0);
});
