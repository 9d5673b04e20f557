/** RFC 8709 §4, and OpenSSH's key files: private Ed25519 keys. */
import { ED25519, encodeEd25519PublicKey } from '../algorithms/ed25519.js';
import { encodeSignature } from '../algorithms/signature-blob.js';
import { proceed } from '../crypto/awaitable.js';
import { equalBytes } from '../crypto/provider.js';
import { ProtocolError } from '../errors.js';
import { string } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { KeyMaterial, KeyType } from './key-material.js';

export const ed25519Fields = record({ publicKey: string, secret: string });
const ED25519_SEED_LENGTH = 32;

function ed25519Material(seed: Uint8Array, publicKey: Uint8Array): KeyMaterial {
  return {
    publicKey: encodeEd25519PublicKey(publicKey),
    algorithms: [ED25519],
    sign: (crypto, algorithm, message) =>
      proceed(crypto.ed25519.sign(seed, message), (bytes) => encodeSignature(algorithm, bytes)),
    write: (writer) => {
      const secret = new Uint8Array(2 * ED25519_SEED_LENGTH);
      secret.set(seed);
      secret.set(publicKey, ED25519_SEED_LENGTH);
      ed25519Fields.write(writer, { publicKey, secret });
    },
  };
}

export const ed25519KeyType: KeyType = {
  generate: (crypto) => {
    return proceed(crypto.ed25519.generate(), ({ seed, publicKey }) => ed25519Material(seed, publicKey));
  },
  read: (reader) => {
    const { publicKey, secret } = ed25519Fields.read(reader);
    if (secret.length !== 2 * ED25519_SEED_LENGTH || !equalBytes(secret.subarray(ED25519_SEED_LENGTH), publicKey)) {
      throw new ProtocolError('the two halves of an Ed25519 key do not belong together');
    }
    return ed25519Material(secret.slice(0, ED25519_SEED_LENGTH), publicKey.slice());
  },
};
