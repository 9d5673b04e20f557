/** NTRU Prime (round 3) §3.6: a secret for the holder of the key. Servers use nothing else of sntrup761, hence the separate file. */
import { concatBytes } from '@noble/hashes/utils.js';
import type { CryptoProvider } from '../provider.js';
import { decodeRingQ, encodeRounded, encodeSmall } from './encoding.js';
import { HASH_LENGTH, PUBLIC_KEY_LENGTH } from './parameters.js';
import { randomShort } from './random.js';
import { multiplyBySmall, round } from './ring-q.js';

/** The primitives that it needs from a provider. */
export type Primitives = Pick<CryptoProvider, 'random' | 'hash'>;

export interface Encapsulated {
  readonly ciphertext: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

/** @throws Error for a key of the wrong length. */
export function encapsulate(crypto: Primitives, publicKey: Uint8Array): Encapsulated {
  requireLength('a public key', publicKey, PUBLIC_KEY_LENGTH);
  const r = randomShort(crypto.random);
  const ciphertext = hide(crypto, r, publicKey, prefixedHash(crypto, 4, publicKey));
  return { ciphertext, sharedSecret: sessionKey(crypto, 1, encodeSmall(r), ciphertext) };
}

/** The ciphertext of `r`, and a hash that confirms it. */
export function hide(crypto: Primitives, r: Int8Array, publicKey: Uint8Array, publicKeyHash: Uint8Array): Uint8Array {
  const encrypted = encodeRounded(round(multiplyBySmall(decodeRingQ(publicKey), r)));
  const confirmation = prefixedHash(crypto, 2, prefixedHash(crypto, 3, encodeSmall(r)), publicKeyHash);
  return concatBytes(encrypted, confirmation);
}

/** `kind` is 1 for the plaintext of a valid ciphertext, 0 for its replacement. */
export function sessionKey(
  crypto: Primitives,
  kind: number,
  plaintext: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array {
  return prefixedHash(crypto, kind, prefixedHash(crypto, 3, plaintext), ciphertext);
}

/** §3.7: the first half of SHA-512, over a byte that separates the uses and the rest. */
export function prefixedHash(crypto: Primitives, prefix: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return crypto.hash('sha512', Uint8Array.of(prefix), ...parts).slice(0, HASH_LENGTH);
}

export function requireLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new Error(`${what} of sntrup761 has ${bytes.length} bytes, expected ${length}`);
}
