/** RFC 8709: public keys and signatures `ssh-ed25519`. */
import { toInteger } from '../crypto/integer.js';
import type { Needs } from '../crypto/provider.js';
import { string, text } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { SignatureAlgorithm } from './algorithm.js';
import { decodeOrUndefined, decodeSignature } from './signature-blob.js';

export const ED25519 = 'ssh-ed25519';
const PUBLIC_KEY_LENGTH = 32;

const publicKeyBlob = record({ type: text, publicKey: string });

/** RFC 8032 §5.1: the prime of the field. */
const P = 2n ** 255n - 19n;
/** The y-coordinate of two points of order 8; its negative is that of the other two. */
const ORDER_8 = 0x5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
/**
 * Security: y-coordinates of the points of small order. Under such a key one signature is valid for many messages.
 * Providers differ in whether they refuse it.
 */
const SMALL_ORDER = [0n, 1n, P - 1n, ORDER_8, P - ORDER_8];

/** Whether `publicKey` has the right length and is the encoding of a point that is not of small order. */
export function isUsableEd25519Key(publicKey: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_KEY_LENGTH) return false;
  // RFC 8032 §5.1.2 and §5.1.3: little-endian, below the sign of x, and less than the prime.
  const y = BigInt.asUintN(255, toInteger(publicKey.toReversed()));
  return y < P && !SMALL_ORDER.includes(y);
}

export function encodeEd25519PublicKey(publicKey: Uint8Array): Uint8Array {
  return publicKeyBlob.encode({ type: ED25519, publicKey });
}

/** The 32 bytes of the key in a blob; undefined if the blob is not a usable `ssh-ed25519` key. */
export function decodeEd25519PublicKey(blob: Uint8Array): Uint8Array | undefined {
  const values = decodeOrUndefined(publicKeyBlob, blob);
  return values?.type === ED25519 && isUsableEd25519Key(values.publicKey) ? values.publicKey : undefined;
}

export const sshEd25519: SignatureAlgorithm<Needs<'ed25519'>> = {
  keyType: ED25519,
  provesHosts: true,
  isUsableKey: (publicKey) => decodeEd25519PublicKey(publicKey) !== undefined,
  verify: (crypto, publicKey, message, signature) => {
    const key = decodeEd25519PublicKey(publicKey);
    const bytes = decodeSignature(ED25519, signature);
    return key !== undefined && bytes !== undefined && crypto.ed25519.verify(key, message, bytes);
  },
};
