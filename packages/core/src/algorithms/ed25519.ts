/** RFC 8709: public keys and signatures `ssh-ed25519`. */
import { equalBytes, type Needs } from '../crypto/provider.js';
import { string, text } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { SignatureAlgorithm } from './algorithm.js';
import { decodeOrUndefined, decodeSignature } from './signature-blob.js';

export const ED25519 = 'ssh-ed25519';
const PUBLIC_KEY_LENGTH = 32;

const publicKeyBlob = record({ type: text, publicKey: string });

/**
 * Security: y-coordinates of the points of small order, in all their encodings; the top bit is the sign of x. Under such a
 * key one signature holds for many messages. Providers differ in whether they refuse it.
 */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));

/** Whether `publicKey` has the right length and is not of small order. */
export function isUsableEd25519Key(publicKey: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_KEY_LENGTH) return false;
  const y = Uint8Array.from(publicKey);
  y[PUBLIC_KEY_LENGTH - 1]! &= 0x7f;
  return !SMALL_ORDER.some((point) => equalBytes(point, y));
}

export function encodeEd25519PublicKey(publicKey: Uint8Array): Uint8Array {
  return publicKeyBlob.encode({ type: ED25519, publicKey });
}

/** The 32 bytes of the key in a blob; undefined where the blob is no usable `ssh-ed25519` key. */
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
