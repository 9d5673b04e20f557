/** NTRU Prime (round 3) §3: the key encapsulation mechanism Streamlined NTRU Prime sntrup761, as RFC 9941 uses it. */
import type { CryptoProvider, KeyEncapsulation } from '../provider.js';
import { decodeRingQ, decodeRounded, decodeSmall, encodeRingQ, encodeRounded, encodeSmall } from './encoding.js';
import {
  CIPHERTEXT_LENGTH,
  HASH_LENGTH,
  nonZeroMask,
  PUBLIC_KEY_LENGTH,
  ROUNDED_LENGTH,
  SECRET_KEY_LENGTH,
  SMALL_LENGTH,
  W,
} from './parameters.js';
import { randomShort, randomSmall } from './random.js';
import { invertSmall, multiplySmall, toRing3 } from './ring-3.js';
import { invertThrice, multiplyByThree, multiplyBySmall, round } from './ring-q.js';

/** What it takes of a provider. */
export type Primitives = Pick<CryptoProvider, 'random' | 'hash'>;

/** A secret key is `f ‖ 1/g ‖ public key ‖ rho ‖ hash of the public key`. */
interface SecretKey {
  readonly f: Int8Array;
  readonly inverseG: Int8Array;
  readonly publicKey: Uint8Array;
  /** What a forged ciphertext gives instead of the plaintext. */
  readonly rho: Uint8Array;
  readonly publicKeyHash: Uint8Array;
}

export function sntrup761(crypto: Primitives): KeyEncapsulation {
  return {
    generate: () => generate(crypto),
    encapsulate: (publicKey) => {
      requireLength('a public key', publicKey, PUBLIC_KEY_LENGTH);
      const r = randomShort(crypto.random);
      const ciphertext = hide(crypto, r, publicKey, prefixedHash(crypto, 4, publicKey));
      return { ciphertext, sharedSecret: sessionKey(crypto, 1, encodeSmall(r), ciphertext) };
    },
    decapsulate: (secretKey, ciphertext) => {
      requireLength('a ciphertext', ciphertext, CIPHERTEXT_LENGTH);
      requireLength('a secret key', secretKey, SECRET_KEY_LENGTH);
      return decapsulate(crypto, readSecretKey(secretKey), ciphertext);
    },
  };
}

function generate(crypto: Primitives): { readonly secretKey: Uint8Array; readonly publicKey: Uint8Array } {
  let g: Int8Array;
  let inverseG: Int8Array | undefined;
  do {
    g = randomSmall(crypto.random);
    inverseG = invertSmall(g);
  } while (inverseG === undefined);
  const f = randomShort(crypto.random);
  const publicKey = encodeRingQ(multiplyBySmall(invertThrice(f), g));
  const rho = crypto.random(SMALL_LENGTH);
  const publicKeyHash = prefixedHash(crypto, 4, publicKey);
  return { publicKey, secretKey: concatenate(encodeSmall(f), encodeSmall(inverseG), publicKey, rho, publicKeyHash) };
}

/** Security: a ciphertext that was not made by `hide` gives a secret too, which its maker cannot know, and takes no longer. */
function decapsulate(crypto: Primitives, secretKey: SecretKey, ciphertext: Uint8Array): Uint8Array {
  const r = decrypt(secretKey, decodeRounded(ciphertext.subarray(0, ROUNDED_LENGTH)));
  const expected = hide(crypto, r, secretKey.publicKey, secretKey.publicKeyHash);
  const forged = differenceMask(expected, ciphertext);
  const plaintext = encodeSmall(r).map((byte, index) => byte ^ (forged & (byte ^ secretKey.rho[index]!)));
  return sessionKey(crypto, 1 + forged, plaintext, ciphertext);
}

/** All ones where two byte strings of one length differ, else 0. */
function differenceMask(a: Uint8Array, b: Uint8Array): number {
  return nonZeroMask(a.reduce((difference, byte, index) => difference | (byte ^ b[index]!), 0));
}

/** The ciphertext of `r`, and a hash that confirms it. */
function hide(crypto: Primitives, r: Int8Array, publicKey: Uint8Array, publicKeyHash: Uint8Array): Uint8Array {
  const encrypted = encodeRounded(round(multiplyBySmall(decodeRingQ(publicKey), r)));
  const confirmation = prefixedHash(crypto, 2, prefixedHash(crypto, 3, encodeSmall(r)), publicKeyHash);
  return concatenate(encrypted, confirmation);
}

/** The short polynomial that was encrypted; a fixed one where what comes out is not short. */
function decrypt({ f, inverseG }: SecretKey, c: Int16Array): Int8Array {
  const plain = multiplySmall(toRing3(multiplyByThree(multiplyBySmall(c, f))), inverseG);
  const weight = plain.reduce((sum, coefficient) => sum + (coefficient & 1), 0);
  const isNotShort = nonZeroMask(weight - W);
  return plain.map((coefficient, index) => {
    const instead = Number(index < W);
    return coefficient ^ (isNotShort & (coefficient ^ instead));
  });
}

function readSecretKey(secretKey: Uint8Array): SecretKey {
  const parts = [SMALL_LENGTH, SMALL_LENGTH, PUBLIC_KEY_LENGTH, SMALL_LENGTH, HASH_LENGTH];
  let offset = 0;
  const [f, inverseG, publicKey, rho, publicKeyHash] = parts.map((length) => {
    offset += length;
    return secretKey.subarray(offset - length, offset);
  });
  return {
    f: decodeSmall(f!),
    inverseG: decodeSmall(inverseG!),
    publicKey: publicKey!,
    rho: rho!,
    publicKeyHash: publicKeyHash!,
  };
}

/** `kind` is 1 for the plaintext of a ciphertext that holds, 0 for what stands in its place. */
function sessionKey(crypto: Primitives, kind: number, plaintext: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return prefixedHash(crypto, kind, prefixedHash(crypto, 3, plaintext), ciphertext);
}

/** §3.7: the first half of SHA-512, over a byte that tells the uses apart and the rest. */
function prefixedHash(crypto: Primitives, prefix: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return crypto.hash('sha512', Uint8Array.of(prefix), ...parts).slice(0, HASH_LENGTH);
}

function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function requireLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new Error(`${what} of sntrup761 has ${bytes.length} bytes, expected ${length}`);
}
