/** RFC 7748 and SEC 1 §3.3.1 by node:crypto. Keys are imported and exported as JSON Web Keys: DER takes ten times as long. */
import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  randomFillSync,
  type KeyObject,
} from 'node:crypto';
import { isUncompressedPoint, type CurveName, type KeyAgreement, type Synchronous } from '@nacre/core/crypto';
import { base64url, fromBase64url, plainBytes } from './plain-bytes.js';

const X25519_LENGTH = 32;

/** Keeps the imported private key until the pair is used: importing it again would compute the public key again. */
const imported = new WeakMap<Uint8Array, KeyObject>();

function importX25519(privateKey: Uint8Array): KeyObject {
  const d = base64url(privateKey);
  // The format requires a public member besides the private one; it takes no part in any computation.
  return createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', x: d, d }, format: 'jwk' });
}

export const x25519: Synchronous<KeyAgreement> = {
  /**
   * RFC 7748 §6.1. Security: a key made by `generateKeyPairSync` must not be exported. Node 20 deadlocks if it collects
   * garbage during the export: the job that made the key then waits for the lock that the export holds.
   */
  generate: () => {
    const privateKey = randomFillSync(new Uint8Array(X25519_LENGTH));
    const key = importX25519(privateKey);
    imported.set(privateKey, key);
    const { x } = key.export({ format: 'jwk' });
    return { privateKey, publicKey: fromBase64url(x) };
  },
  agree: (privateKey, publicKey) => {
    const theirs = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: base64url(publicKey) }, format: 'jwk' });
    const ours = imported.get(privateKey) ?? importX25519(privateKey);
    // Not left to the WeakMap: collections of the young generation keep its values even if the keys are gone.
    imported.delete(privateKey);
    return plainBytes(diffieHellman({ privateKey: ours, publicKey: theirs }));
  },
};

/** The names of a curve in OpenSSL and in JSON Web Keys, and the length of a coordinate or scalar in bytes. */
export const nistCurves = {
  nistp256: { name: 'prime256v1', crv: 'P-256', fieldLength: 32 },
  nistp384: { name: 'secp384r1', crv: 'P-384', fieldLength: 48 },
  nistp521: { name: 'secp521r1', crv: 'P-521', fieldLength: 66 },
} as const satisfies Record<CurveName, unknown>;

export type NistCurve = (typeof nistCurves)[CurveName];

/** The uncompressed point that belongs to a private scalar. */
export function nistPublicKey({ name }: NistCurve, privateKey: Uint8Array): Uint8Array {
  const ecdh = createECDH(name);
  ecdh.setPrivateKey(privateKey);
  return plainBytes(ecdh.getPublicKey());
}

/** Pads the scalar to its full length: OpenSSL leaves out leading zeros. */
function scalar({ fieldLength }: NistCurve, bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(fieldLength);
  padded.set(bytes, fieldLength - bytes.length);
  return padded;
}

export function nistAgreement(curve: NistCurve): Synchronous<KeyAgreement> {
  return {
    generate: () => {
      const ecdh = createECDH(curve.name);
      const publicKey = plainBytes(ecdh.generateKeys());
      return { privateKey: scalar(curve, ecdh.getPrivateKey()), publicKey };
    },
    agree: (privateKey, publicKey) => {
      if (!isUncompressedPoint(curve, publicKey)) throw new Error(`not an uncompressed point of ${curve.crv}`);
      const ecdh = createECDH(curve.name);
      ecdh.setPrivateKey(privateKey);
      return plainBytes(ecdh.computeSecret(publicKey));
    },
  };
}
