/** RFC 7748 and SEC 1 §3.3.1 by node:crypto. Keys go in and out as JSON Web Keys: DER takes ten times as long. */
import { createECDH, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import type { KeyAgreement } from '@nacre/core/crypto';
import { base64url, fromBase64url, plainBytes } from './plain-bytes.js';

const X25519 = { kty: 'OKP', crv: 'X25519' } as const;
const P256 = 'prime256v1';
const P256_SCALAR_LENGTH = 32;
const P256_POINT_LENGTH = 65;
const UNCOMPRESSED_POINT = 0x04;

export const x25519: KeyAgreement = {
  generate: () => {
    const { d, x } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
    return { privateKey: fromBase64url(d), publicKey: fromBase64url(x) };
  },
  agree: (privateKey, publicKey) => {
    const x = base64url(publicKey);
    // The form asks for a public member beside the private one; it takes no part in the computation.
    const ours = createPrivateKey({ key: { ...X25519, x, d: base64url(privateKey) }, format: 'jwk' });
    const theirs = createPublicKey({ key: { ...X25519, x }, format: 'jwk' });
    return plainBytes(diffieHellman({ privateKey: ours, publicKey: theirs }));
  },
};

/** The scalar in full length: OpenSSL leaves leading zeros out. */
function scalar(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(P256_SCALAR_LENGTH);
  padded.set(bytes, P256_SCALAR_LENGTH - bytes.length);
  return padded;
}

export function isUncompressedP256Point(publicKey: Uint8Array): boolean {
  return publicKey.length === P256_POINT_LENGTH && publicKey[0] === UNCOMPRESSED_POINT;
}

/** The uncompressed point that belongs to a private scalar. */
export function p256PublicKey(privateKey: Uint8Array): Uint8Array {
  const ecdh = createECDH(P256);
  ecdh.setPrivateKey(privateKey);
  return plainBytes(ecdh.getPublicKey());
}

export const ecdhP256: KeyAgreement = {
  generate: () => {
    const ecdh = createECDH(P256);
    const publicKey = plainBytes(ecdh.generateKeys());
    return { privateKey: scalar(ecdh.getPrivateKey()), publicKey };
  },
  agree: (privateKey, publicKey) => {
    if (!isUncompressedP256Point(publicKey)) throw new Error('not an uncompressed P-256 point');
    const ecdh = createECDH(P256);
    ecdh.setPrivateKey(privateKey);
    return plainBytes(ecdh.computeSecret(publicKey));
  },
};
