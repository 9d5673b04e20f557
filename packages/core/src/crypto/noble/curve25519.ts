/** X25519 (RFC 7748) and Ed25519 (RFC 8032) in JavaScript. */
import { pow } from '@noble/curves/abstract/modular.js';
import { montgomery } from '@noble/curves/abstract/montgomery.js';
import { hashes, keygen, Point, sign } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { toInteger } from '../integer.js';
import { equalBytes, type Ed25519, type KeyAgreement, type Synchronous } from '../provider.js';

// The library for just this curve is a third of the size of the general one; it brings no hash.
hashes.sha512 = sha512;

/** RFC 7748 §4.1: the prime of the field. */
const P = 2n ** 255n - 19n;
/** RFC 8032 §5.1: the order of the base point, and the length of R and of S in bytes. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const LENGTH = 32;

function littleEndian(bytes: Uint8Array): bigint {
  return toInteger(bytes.toReversed());
}

const ladder = /* @__PURE__ */ montgomery({
  type: 'x25519',
  P,
  powPminus2: (value) => pow(value, P - 2n, P),
  /** RFC 7748 §5. */
  adjustScalarBytes: (scalar: Uint8Array) => {
    scalar[0]! &= 248;
    scalar[31] = (scalar[31]! & 127) | 64;
    return scalar;
  },
});

export const x25519: Synchronous<KeyAgreement> = {
  generate: () => {
    const { secretKey, publicKey } = ladder.keygen();
    return { privateKey: secretKey, publicKey };
  },
  agree: (privateKey, publicKey) => ladder.getSharedSecret(privateKey, publicKey),
};

export const ed25519: Synchronous<Ed25519> = {
  generate: () => {
    const { secretKey, publicKey } = keygen();
    return { seed: secretKey, publicKey };
  },
  sign: (seed, message) => sign(message, seed),
  verify: (publicKey, message, signature) => {
    if (signature.length !== 2 * LENGTH) return false;
    const r = signature.subarray(0, LENGTH);
    const challenge = sha512.create().update(r).update(publicKey).update(message).digest();
    try {
      const key = Point.fromBytes(publicKey);
      // Security: S B - k A must be R byte for byte, as in OpenSSH and in every runtime's own code. The library's verify
      // multiplies by the cofactor first, and so accepts an R or a key that is off by a point of small order.
      const point = Point.BASE.multiply(littleEndian(signature.subarray(LENGTH)), false).subtract(
        key.multiply(littleEndian(challenge) % L, false),
      );
      return !key.isSmallOrder() && equalBytes(point.toBytes(), r);
    } catch {
      return false;
    }
  },
};
