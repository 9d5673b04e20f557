/**
 * RFC 8032, FIPS 186-5 and RFC 8017 signatures by node:crypto.
 *
 * Interop: keys are passed as JSON Web Keys in the call itself; workerd accepts no KeyObject together with `dsaEncoding`.
 */
import { createPrivateKey, generateKeyPair, generateKeyPairSync, sign, verify, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';
import {
  isUncompressedPoint,
  rsaFromJsonWebKey,
  rsaPrivateJsonWebKey,
  rsaPublicJsonWebKey,
  type Ecdsa,
  type Ed25519,
  type Rsa,
  type Synchronous,
} from '@nacre/core/crypto';
import { nistAgreement, nistPublicKey, type NistCurve } from './agreement.js';
import { base64url, plainBytes } from './plain-bytes.js';

const ED25519_LENGTH = 32;
const generateRsa = promisify(generateKeyPair);

/** Node throws for malformed keys and signatures; here they just do not verify. */
function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

export const ed25519: Synchronous<Ed25519> = {
  generate: () => {
    // Security: encoded by the call that makes the key; exporting it afterwards is unsafe, see `x25519.generate`.
    const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { format: 'der', type: 'pkcs8' },
      publicKeyEncoding: { format: 'der', type: 'spki' },
    });
    // RFC 8410 §4 and §7: both formats end with the bytes of the key.
    return {
      seed: plainBytes(privateKey.subarray(-ED25519_LENGTH)),
      publicKey: plainBytes(publicKey.subarray(-ED25519_LENGTH)),
    };
  },
  sign: (seed, message) => {
    const d = base64url(seed);
    // The format requires a public member besides the seed; the signature is made from the seed alone.
    return plainBytes(sign(null, message, { key: { kty: 'OKP', crv: 'Ed25519', x: d, d }, format: 'jwk' }));
  },
  verify: (publicKey, message, signature) =>
    holds(() =>
      verify(null, message, { key: { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) }, format: 'jwk' }, signature),
    ),
};

function pointJsonWebKey({ crv, fieldLength }: NistCurve, point: Uint8Array): JsonWebKey {
  const y = 1 + fieldLength;
  return { kty: 'EC', crv, x: base64url(point.subarray(1, y)), y: base64url(point.subarray(y)) };
}

export function nistSignature(curve: NistCurve): Synchronous<Ecdsa> {
  return {
    generate: nistAgreement(curve).generate,
    sign: (hash, privateKey, message) => {
      const key = { ...pointJsonWebKey(curve, nistPublicKey(curve, privateKey)), d: base64url(privateKey) };
      return plainBytes(sign(hash, message, { key, format: 'jwk', dsaEncoding: 'ieee-p1363' }));
    },
    verify: (hash, publicKey, message, signature) =>
      isUncompressedPoint(curve, publicKey) &&
      holds(() => {
        const key = pointJsonWebKey(curve, publicKey);
        return verify(hash, message, { key, format: 'jwk', dsaEncoding: 'ieee-p1363' }, signature);
      }),
  };
}

export const rsa: Rsa = {
  generate: async (modulusLength) => {
    // Security: as with Ed25519.
    const { privateKey } = await generateRsa('rsa', {
      modulusLength,
      privateKeyEncoding: { format: 'der', type: 'pkcs8' },
      publicKeyEncoding: { format: 'der', type: 'spki' },
    });
    const imported = createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' });
    return rsaFromJsonWebKey(imported.export({ format: 'jwk' }));
  },
  sign: (hash, key, message) =>
    plainBytes(sign(hash, message, { key: { ...rsaPrivateJsonWebKey(key) }, format: 'jwk' })),
  verify: (hash, key, message, signature) =>
    holds(() => verify(hash, message, { key: { ...rsaPublicJsonWebKey(key) }, format: 'jwk' }, signature)),
};
