/** PuTTY's .ppk files (appendix C of its manual): the private half of each key type. */
import { decodeEcdsaPublicKey } from '../../algorithms/ecdsa.js';
import { decodeEd25519PublicKey, ED25519 } from '../../algorithms/ed25519.js';
import { decodeRsaPublicKey, SSH_RSA } from '../../algorithms/rsa.js';
import { KeyFileError } from '../../errors.js';
import { mpint, string } from '../../wire/fields.js';
import { record } from '../../wire/message.js';
import { Reader } from '../../wire/reader.js';
import type { KeyTypeName } from '../key-types.js';
import { CURVES, malformed, type KeyParts, type ReadParts } from './key-parts.js';

const ed25519Private = record({ seed: string });
const ecdsaPrivate = record({ scalar: mpint });
const rsaPrivate = record({ d: mpint, p: mpint, q: mpint, iqmp: mpint });

/** Reads the private half, which padding may follow. @throws KeyFileError, ProtocolError if it is malformed. */
export function readPuttyPrivate(type: KeyTypeName, publicKey: Uint8Array, secret: Uint8Array): ReadParts {
  const reader = new Reader(secret);
  if (type === SSH_RSA) {
    const key = decodeRsaPublicKey(publicKey);
    if (key === undefined) throw new KeyFileError('unsupported', 'the key is not a usable ssh-rsa key');
    return { kind: 'rsa', ...key, ...rsaPrivate.read(reader) };
  }
  if (type === ED25519) {
    const { seed } = ed25519Private.read(reader);
    return { kind: 'ed25519', seed, publicKey: decodeEd25519PublicKey(publicKey) };
  }
  const curve = Object.values(CURVES).find(({ name }) => name === type);
  const point = curve && decodeEcdsaPublicKey(curve, publicKey);
  if (curve === undefined || point === undefined) throw malformed(`the public key is no ${type} key`);
  return { kind: 'ecdsa', curve: curve.curve, point, scalar: ecdsaPrivate.read(reader).scalar };
}

export function encodePuttyPrivate(parts: KeyParts): Uint8Array {
  switch (parts.kind) {
    case 'rsa':
      return rsaPrivate.encode(parts);
    case 'ed25519':
      return ed25519Private.encode(parts);
    case 'ecdsa':
      return ecdsaPrivate.encode(parts);
  }
}
