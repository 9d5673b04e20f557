/** RFC 4253 §8 by node:crypto, compared with the portable implementation. */
import { getDiffieHellman, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { noble } from '@nacre/core/noble';
import { modularPower } from './modular-power.js';

const plain = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);

test.each(['modp2', 'modp14', 'modp15', 'modp16', 'modp17', 'modp18'])('%s', async (name) => {
  const modulus = plain(getDiffieHellman(name).getPrime());
  const base = plain(randomBytes(modulus.length - 1));
  for (const exponent of [plain(randomBytes(40)), Uint8Array.of(1), Uint8Array.of(0x80, 0, 0, 1)]) {
    expect(await modularPower(base, exponent, modulus)).toEqual(await noble.modularPower(base, exponent, modulus));
    expect(await modularPower(Uint8Array.of(2), exponent, modulus)).toHaveLength(modulus.length);
  }
});

test('an unknown modulus of a known length is not tested for primality first', async () => {
  const modulus = plain(getDiffieHellman('modp16').getPrime());
  modulus[300]! ^= 4;
  const exponent = plain(randomBytes(60));
  const base = plain(randomBytes(500));
  const power = modularPower(base, exponent, modulus);
  // For one that it knows, the result is there at once.
  expect(power).toBeInstanceOf(Promise);
  expect(await power).toEqual(await noble.modularPower(base, exponent, modulus));
});
