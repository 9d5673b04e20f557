/** NTRU Prime (round 3) §3: the key encapsulation mechanism Streamlined NTRU Prime sntrup761, as RFC 9941 uses it. */
import { concatBytes } from '@noble/hashes/utils.js';
import type { KeyEncapsulation } from '../provider.js';
import { encapsulate, hide, prefixedHash, requireLength, sessionKey, type Primitives } from './encapsulate.js';
import { decodeRounded, decodeSmall, encodeRingQ, encodeSmall } from './encoding.js';
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
import { invertThrice, multiplyByThree, multiplyBySmall } from './ring-q.js';

/** A secret key is `f ‖ 1/g ‖ public key ‖ rho ‖ hash of the public key`. */
interface SecretKey {
  readonly f: Int8Array;
  readonly inverseG: Int8Array;
  readonly publicKey: Uint8Array;
  /** The secret that a forged ciphertext yields instead of the plaintext. */
  readonly rho: Uint8Array;
  readonly publicKeyHash: Uint8Array;
}

export function sntrup761(crypto: Primitives): KeyEncapsulation {
  return {
    generate: () => generate(crypto),
    encapsulate: (publicKey) => encapsulate(crypto, publicKey),
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
  return { publicKey, secretKey: concatBytes(encodeSmall(f), encodeSmall(inverseG), publicKey, rho, publicKeyHash) };
}

/** Security: a ciphertext that was not made by `hide` also yields a secret, which its maker cannot know, in the same time. */
function decapsulate(crypto: Primitives, secretKey: SecretKey, ciphertext: Uint8Array): Uint8Array {
  const r = decrypt(secretKey, decodeRounded(ciphertext.subarray(0, ROUNDED_LENGTH)));
  const expected = hide(crypto, r, secretKey.publicKey, secretKey.publicKeyHash);
  const forged = differenceMask(expected, ciphertext);
  const plaintext = encodeSmall(r).map((byte, index) => byte ^ (forged & (byte ^ secretKey.rho[index]!)));
  return sessionKey(crypto, 1 + forged, plaintext, ciphertext);
}

/** All ones if two byte strings of equal length differ, else 0. */
function differenceMask(a: Uint8Array, b: Uint8Array): number {
  return nonZeroMask(a.reduce((difference, byte, index) => difference | (byte ^ b[index]!), 0));
}

/** The short polynomial that was encrypted; a fixed one if the result is not short. */
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
