/** RFC 8709: public keys and signatures `ssh-ed25519`. */
import { toBytes } from '../crypto/integer.js';
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
/** RFC 8032 §5.1.2: a y-coordinate as it is encoded, little-endian, in a key whose x is not negative. */
function encodeY(y: bigint): Uint8Array {
  return toBytes(y, PUBLIC_KEY_LENGTH).toReversed();
}

const PRIME = /* @__PURE__ */ encodeY(P);
/**
 * Security: y-coordinates of the points of small order. Under such a key one signature is valid for many messages.
 * Providers differ in whether they refuse it.
 */
const SMALL_ORDER = /* @__PURE__ */ [0n, 1n, P - 1n, ORDER_8, P - ORDER_8].map(encodeY);

/** Less than, equal to or greater than 0 as the y-coordinate of `publicKey` is to `y`. */
function compareY(publicKey: Uint8Array, y: Uint8Array): number {
  for (let index = PUBLIC_KEY_LENGTH - 1; index >= 0; index -= 1) {
    // The highest bit is the sign of x.
    const byte = index === PUBLIC_KEY_LENGTH - 1 ? publicKey[index]! & 0x7f : publicKey[index]!;
    if (byte !== y[index]) return byte - y[index]!;
  }
  return 0;
}

/** Whether `publicKey` has the right length and is the encoding of a point that is not of small order. */
export function isUsableEd25519Key(publicKey: Uint8Array): boolean {
  // RFC 8032 §5.1.3: less than the prime. Byte by byte, as every login by key asks three times.
  return (
    publicKey.length === PUBLIC_KEY_LENGTH &&
    compareY(publicKey, PRIME) < 0 &&
    SMALL_ORDER.every((y) => compareY(publicKey, y) !== 0)
  );
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
