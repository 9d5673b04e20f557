/** SEC 1 §3.3.1 and FIPS 186-5 §6 over the curves P-256, P-384 and P-521 in JavaScript. */
import { p256, p384, p521 } from '@noble/curves/nist.js';
import type { CurveName, Ecdsa, KeyAgreement, Synchronous } from '../provider.js';
import { isUncompressedPoint } from '../uncompressed-point.js';
import { hashes } from './hashes.js';

const curves = { nistp256: p256, nistp384: p384, nistp521: p521 } as const satisfies Record<CurveName, unknown>;

export function nistAgreement(name: CurveName): Synchronous<KeyAgreement> {
  const curve = curves[name];
  const fieldLength = curve.Point.Fp.BYTES;
  return {
    generate: () => {
      const privateKey = curve.utils.randomSecretKey();
      return { privateKey, publicKey: curve.getPublicKey(privateKey, false) };
    },
    agree: (privateKey, publicKey) => {
      if (!isUncompressedPoint({ fieldLength }, publicKey)) throw new Error(`not an uncompressed point of ${name}`);
      return curve.getSharedSecret(privateKey, publicKey, true).subarray(1);
    },
  };
}

export function nistSignature(name: CurveName): Synchronous<Ecdsa> {
  const curve = curves[name];
  const fieldLength = curve.Point.Fp.BYTES;
  return {
    generate: nistAgreement(name).generate,
    sign: (hash, privateKey, message) => curve.sign(hashes[hash](message), privateKey, { prehash: false, lowS: false }),
    verify: (hash, publicKey, message, signature) => {
      if (!isUncompressedPoint({ fieldLength }, publicKey)) return false;
      try {
        return curve.verify(signature, hashes[hash](message), publicKey, { prehash: false, lowS: false });
      } catch {
        return false;
      }
    },
  };
}
