/** SEC 1 §3.3.1 and FIPS 186-5 §6 over the curves P-256, P-384 and P-521 by WebCrypto. */
import { decodeBase64url } from '../base64.js';
import type { CurveName, Ecdsa, HashName, KeyAgreement, KeyPair } from '../provider.js';
import { ecPrivateKey } from './keys.js';

const HASHES: Readonly<Record<HashName, string>> = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' };
const UNCOMPRESSED_POINT = 0x04;

interface Curve {
  readonly namedCurve: string;
  /** The DER of its object identifier (RFC 5480 §2.1.1.1). */
  readonly identifier: Uint8Array;
  /** Length of a coordinate or scalar in bytes. */
  readonly fieldLength: number;
}

const CURVES: Readonly<Record<CurveName, Curve>> = {
  nistp256: {
    namedCurve: 'P-256',
    identifier: Uint8Array.of(6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7),
    fieldLength: 32,
  },
  nistp384: { namedCurve: 'P-384', identifier: Uint8Array.of(6, 5, 0x2b, 0x81, 4, 0, 0x22), fieldLength: 48 },
  nistp521: { namedCurve: 'P-521', identifier: Uint8Array.of(6, 5, 0x2b, 0x81, 4, 0, 0x23), fieldLength: 66 },
};

function isUncompressedPoint({ fieldLength }: Curve, publicKey: Uint8Array): boolean {
  return publicKey.length === 1 + 2 * fieldLength && publicKey[0] === UNCOMPRESSED_POINT;
}

async function generate(subtle: SubtleCrypto, { namedCurve }: Curve): Promise<KeyPair> {
  const pair = await subtle.generateKey({ name: 'ECDH', namedCurve }, true, ['deriveBits']);
  const [publicKey, { d = '' }] = await Promise.all([
    subtle.exportKey('raw', pair.publicKey),
    subtle.exportKey('jwk', pair.privateKey),
  ]);
  const privateKey = decodeBase64url(d);
  if (privateKey === undefined) throw new TypeError('a generated key lacks its private member');
  return { privateKey, publicKey: new Uint8Array(publicKey) };
}

export function nistAgreementBy(subtle: SubtleCrypto, name: CurveName): KeyAgreement {
  const curve = CURVES[name];
  const { namedCurve, identifier, fieldLength } = curve;
  const algorithm = { name: 'ECDH', namedCurve };
  return {
    generate: () => generate(subtle, curve),
    async agree(privateKey, publicKey) {
      if (!isUncompressedPoint(curve, publicKey)) throw new Error(`not an uncompressed point of ${namedCurve}`);
      const [ours, theirs] = await Promise.all([
        subtle.importKey('pkcs8', ecPrivateKey(identifier, privateKey), algorithm, false, ['deriveBits']),
        subtle.importKey('raw', publicKey, algorithm, false, []),
      ]);
      return new Uint8Array(await subtle.deriveBits({ name: 'ECDH', public: theirs }, ours, fieldLength * 8));
    },
  };
}

export function nistSignatureBy(subtle: SubtleCrypto, name: CurveName): Ecdsa {
  const curve = CURVES[name];
  const algorithm = { name: 'ECDSA', namedCurve: curve.namedCurve };
  return {
    generate: () => generate(subtle, curve),
    async sign(hash, privateKey, message) {
      const pkcs8 = ecPrivateKey(curve.identifier, privateKey);
      const key = await subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
      return new Uint8Array(await subtle.sign({ name: 'ECDSA', hash: HASHES[hash] }, key, message));
    },
    async verify(hash, publicKey, message, signature) {
      if (!isUncompressedPoint(curve, publicKey)) return false;
      try {
        const key = await subtle.importKey('raw', publicKey, algorithm, false, ['verify']);
        return await subtle.verify({ name: 'ECDSA', hash: HASHES[hash] }, key, signature, message);
      } catch {
        return false;
      }
    },
  };
}
