/** SEC 1 §3.3.1 and FIPS 186-5 §6 over the curves P-256, P-384 and P-521 with WebCrypto. */
import { decodeBase64url } from '../base64.js';
import type { CurveName, Ecdsa, KeyAgreement, KeyPair } from '../provider.js';
import { randomBytes } from '../random.js';
import { isUncompressedPoint, UNCOMPRESSED_POINT } from '../uncompressed-point.js';
import { hashNames } from './hash-names.js';
import { ecPrivateKey } from './keys.js';

/** The first byte holds one bit of the 521. */
const P521_LENGTH = 66;

interface Curve {
  readonly namedCurve: string;
  /** The DER of the curve's object identifier (RFC 5480 §2.1.1.1). */
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
  nistp521: { namedCurve: 'P-521', identifier: Uint8Array.of(6, 5, 0x2b, 0x81, 4, 0, 0x23), fieldLength: P521_LENGTH },
};

/**
 * The runtime computes the point of a scalar that we choose. Security: never export a key that the runtime generated:
 * Node 20 may hang for good if it collects garbage meanwhile.
 */
async function generate({ namedCurve, identifier, fieldLength }: Curve): Promise<KeyPair> {
  const privateKey = randomScalar(fieldLength);
  const algorithm = { name: 'ECDH', namedCurve };
  const pkcs8 = ecPrivateKey(identifier, privateKey);
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['deriveBits']);
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', key);
  const publicKey = new Uint8Array(1 + 2 * fieldLength);
  publicKey[0] = UNCOMPRESSED_POINT;
  for (const [index, coordinate] of [x, y].entries()) {
    const bytes = decodeBase64url(coordinate);
    if (bytes?.length !== fieldLength) throw new TypeError('a key lacks its public members');
    publicKey.set(bytes, 1 + index * fieldLength);
  }
  return { privateKey, publicKey };
}

/**
 * FIPS 186-5 §A.2.2: a candidate that is not below the curve's order is discarded, and another one drawn. All orders
 * start with more than 24 ones; candidates that do are so rare that they can be skipped without loss.
 */
function randomScalar(length: number): Uint8Array {
  for (;;) {
    const candidate = randomBytes(length);
    if (length === P521_LENGTH) candidate[0]! &= 1;
    if (candidate.subarray(1, 4).some((byte) => byte !== 0xff)) return candidate;
  }
}

function ecdhOver(name: CurveName): KeyAgreement {
  const curve = CURVES[name];
  const { namedCurve, identifier, fieldLength } = curve;
  const algorithm = { name: 'ECDH', namedCurve };
  return {
    generate: () => generate(curve),
    async agree(privateKey, publicKey) {
      if (!isUncompressedPoint(curve, publicKey)) throw new Error(`not an uncompressed point of ${namedCurve}`);
      const { subtle } = crypto;
      const [ours, theirs] = await Promise.all([
        subtle.importKey('pkcs8', ecPrivateKey(identifier, privateKey), algorithm, false, ['deriveBits']),
        subtle.importKey('raw', publicKey, algorithm, false, []),
      ]);
      return new Uint8Array(await subtle.deriveBits({ name: 'ECDH', public: theirs }, ours, fieldLength * 8));
    },
  };
}

function ecdsaOver(name: CurveName): Ecdsa {
  const curve = CURVES[name];
  const algorithm = { name: 'ECDSA', namedCurve: curve.namedCurve };
  return {
    generate: () => generate(curve),
    async sign(hash, privateKey, message) {
      const pkcs8 = ecPrivateKey(curve.identifier, privateKey);
      const key = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
      return new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: hashNames[hash] }, key, message));
    },
    async verify(hash, publicKey, message, signature) {
      if (!isUncompressedPoint(curve, publicKey)) return false;
      try {
        const key = await crypto.subtle.importKey('raw', publicKey, algorithm, false, ['verify']);
        return await crypto.subtle.verify({ name: 'ECDSA', hash: hashNames[hash] }, key, signature, message);
      } catch {
        return false;
      }
    },
  };
}

export const webCryptoEcdh = {
  nistp256: ecdhOver('nistp256'),
  nistp384: ecdhOver('nistp384'),
  nistp521: ecdhOver('nistp521'),
} as const satisfies Record<CurveName, KeyAgreement>;

export const webCryptoEcdsa = {
  nistp256: ecdsaOver('nistp256'),
  nistp384: ecdsaOver('nistp384'),
  nistp521: ecdsaOver('nistp521'),
} as const satisfies Record<CurveName, Ecdsa>;
