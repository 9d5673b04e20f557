/** RFC 8332: signatures `rsa-sha2-256` and `rsa-sha2-512` by `ssh-rsa` keys, and those of RFC 4253 §6.6 over SHA-1. */
import type { AnyHashName, RsaPublicKey } from '../crypto/provider.js';
import { mpint, text } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { SignatureAlgorithm } from './algorithm.js';
import { decodeOrUndefined, decodeSignature } from './signature-blob.js';

export const SSH_RSA = 'ssh-rsa';
/** Security: smaller keys can be factored; larger ones make a verification slow enough to keep a server busy. */
export const MINIMUM_MODULUS_BITS = 2048;
export const MAXIMUM_MODULUS_BITS = 8192;
/** e < 2^32. */
const MAXIMUM_EXPONENT_LENGTH = 4;

const publicKeyBlob = record({ type: text, e: mpint, n: mpint });

function bitLength(magnitude: Uint8Array): number {
  return magnitude.length === 0 ? 0 : magnitude.length * 8 - (Math.clz32(magnitude[0]!) - 24);
}

function isOdd(magnitude: Uint8Array): boolean {
  return (magnitude.at(-1) ?? 0) % 2 === 1;
}

/** Checks only lengths and last bits: nothing is computed with a peer's number before it has passed. */
function isAcceptable({ n, e }: RsaPublicKey): boolean {
  const bits = bitLength(n);
  if (bits < MINIMUM_MODULUS_BITS || bits > MAXIMUM_MODULUS_BITS || !isOdd(n)) return false;
  return e.length <= MAXIMUM_EXPONENT_LENGTH && isOdd(e) && bitLength(e) > 1;
}

export function encodeRsaPublicKey({ n, e }: RsaPublicKey): Uint8Array {
  return publicKeyBlob.encode({ type: SSH_RSA, e, n });
}

/** The key in a blob; undefined if the blob is not an `ssh-rsa` key, or the key is out of bounds. */
export function decodeRsaPublicKey(blob: Uint8Array): RsaPublicKey | undefined {
  const values = decodeOrUndefined(publicKeyBlob, blob);
  return values?.type === SSH_RSA && isAcceptable(values) ? { n: values.n, e: values.e } : undefined;
}

export function rsaSignature(name: string, hash: AnyHashName): SignatureAlgorithm {
  return {
    keyType: SSH_RSA,
    provesHosts: true,
    isUsableKey: (publicKey) => decodeRsaPublicKey(publicKey) !== undefined,
    modulusBits: (publicKey) => {
      const key = decodeRsaPublicKey(publicKey);
      return key && bitLength(key.n);
    },
    verify: (crypto, publicKey, message, signature) => {
      const key = decodeRsaPublicKey(publicKey);
      const bytes = decodeSignature(name, signature);
      if (key === undefined || bytes === undefined || bytes.length > key.n.length) return false;
      // RFC 8017 §8.2.2 step 1: as long as the modulus. Interop: RFC 8332 §3 lets us accept those that lost leading
      // zeros.
      const padded = new Uint8Array(key.n.length);
      padded.set(bytes, key.n.length - bytes.length);
      return crypto.rsa.verify(hash, key, message, padded);
    },
  };
}
