/** X25519 (RFC 7748) and Ed25519 (RFC 8032) in JavaScript. */
import { pow } from '@noble/curves/abstract/modular.js';
import { montgomery } from '@noble/curves/abstract/montgomery.js';
import { hashes, keygen, sign, verify } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import type { Ed25519, KeyAgreement, Synchronous } from '../provider.js';

// The library for just this curve is a third of the size of the general one; it brings no hash.
hashes.sha512 = sha512;

/** RFC 7748 §4.1: the prime of the field. */
const P = 2n ** 255n - 19n;

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
    try {
      // Security: strict RFC 8032. The library's default (ZIP 215) accepts non-canonical encodings of points.
      return verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },
};
