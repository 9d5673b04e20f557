/** RFC 4253 §8 by node:crypto, for the primes of RFC 3526 and RFC 2409 that it knows. */
import { createDiffieHellman, getDiffieHellman } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { CryptoProvider } from '@nacre/core/crypto';
import { modularPower as portable } from '@nacre/core/noble/modular-power';
import { plainBytes } from './plain-bytes.js';

/** By the length of the prime in bytes. */
const GROUPS: Readonly<Record<number, string>> = {
  128: 'modp2',
  256: 'modp14',
  384: 'modp15',
  512: 'modp16',
  768: 'modp17',
  1024: 'modp18',
};
/** From primes of so many bytes on, one power takes more than a few milliseconds: other events get a turn before it. */
const LONG = 768;

/** Node would first prove any other modulus prime, which takes seconds. */
function isKnown(modulus: Uint8Array): boolean {
  const name = GROUPS[modulus.length];
  return name !== undefined && getDiffieHellman(name).getPrime().equals(modulus);
}

function native(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Uint8Array {
  const group = createDiffieHellman(modulus, 2);
  group.setPrivateKey(exponent);
  return plainBytes(group.computeSecret(base));
}

export const modularPower: CryptoProvider['modularPower'] = (base, exponent, modulus) => {
  if (!isKnown(modulus)) return portable(base, exponent, modulus);
  if (modulus.length < LONG) return native(base, exponent, modulus);
  return setImmediate().then(() => native(base, exponent, modulus));
};
