/** X25519 (RFC 7748) and Ed25519 (RFC 8032) in JavaScript. */
import { ed25519 as edwards, x25519 as montgomery } from '@noble/curves/ed25519.js';
import type { Ed25519, KeyAgreement, Synchronous } from '../provider.js';

export const x25519: Synchronous<KeyAgreement> = {
  generate: () => {
    const { secretKey, publicKey } = montgomery.keygen();
    return { privateKey: secretKey, publicKey };
  },
  agree: (privateKey, publicKey) => montgomery.getSharedSecret(privateKey, publicKey),
};

export const ed25519: Synchronous<Ed25519> = {
  generate: () => {
    const { secretKey, publicKey } = edwards.keygen();
    return { seed: secretKey, publicKey };
  },
  sign: (seed, message) => edwards.sign(message, seed),
  verify: (publicKey, message, signature) => {
    try {
      // Security: strict RFC 8032. The library's default (ZIP 215) takes encodings of points that are not unique.
      return edwards.verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },
};
