/** The numbers of a private key, which every file format writes in its own way. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { ecdsaNistp256, ecdsaNistp384, ecdsaNistp521, type EcdsaParameters } from '../../algorithms/ecdsa.js';
import { ED25519 } from '../../algorithms/ed25519.js';
import { MAXIMUM_MODULUS_BITS, SSH_RSA } from '../../algorithms/rsa.js';
import { toBytes, toInteger } from '../../crypto/integer.js';
import { equalBytes, type CryptoSource, type CurveName, type RsaPrivateKey } from '../../crypto/provider.js';
import { ConfigurationError, KeyFileError } from '../../errors.js';
import { Reader } from '../../wire/reader.js';
import { Writer } from '../../wire/writer.js';
import { ecdsaFields } from '../ecdsa-key.js';
import { ed25519Fields } from '../ed25519-key.js';
import { keyTypes, type KeyTypeName } from '../key-types.js';
import { refuseMalformed } from '../openssh-key-file.js';
import { PrivateKey } from '../private-key.js';
import { publicKeyTypes } from '../public-key-types.js';
import { rsaFields } from '../rsa-key.js';

/** Integers are big-endian magnitudes; `scalar` is as long as its field. */
export type KeyParts =
  | { readonly kind: 'ed25519'; readonly seed: Uint8Array; readonly publicKey: Uint8Array }
  | { readonly kind: 'ecdsa'; readonly curve: CurveName; readonly scalar: Uint8Array; readonly point: Uint8Array }
  | ({ readonly kind: 'rsa' } & RsaPrivateKey);

/** The contents of a file; the public half is optional, since it is computed anyway. */
export type ReadParts =
  | { readonly kind: 'ed25519'; readonly seed: Uint8Array; readonly publicKey?: Uint8Array | undefined }
  | {
      readonly kind: 'ecdsa';
      readonly curve: CurveName;
      readonly scalar: Uint8Array;
      readonly point?: Uint8Array | undefined;
    }
  | ({ readonly kind: 'rsa' } & Omit<RsaPrivateKey, 'iqmp'> & { readonly iqmp?: Uint8Array | undefined });

export interface KeyOrigin {
  readonly comment: string;
  readonly crypto: CryptoSource;
}

export const CURVES: Readonly<Record<CurveName, EcdsaParameters & { readonly keyType: KeyTypeName }>> = {
  nistp256: { ...ecdsaNistp256, keyType: 'ecdsa-sha2-nistp256' },
  nistp384: { ...ecdsaNistp384, keyType: 'ecdsa-sha2-nistp384' },
  nistp521: { ...ecdsaNistp521, keyType: 'ecdsa-sha2-nistp521' },
};
const nobleCurves = { nistp256: p256, nistp384: p384, nistp521: p521 } as const satisfies Record<CurveName, unknown>;
const SEED_LENGTH = 32;

/** Decomposes a key. Security: this is the key. */
export function partsOf(key: PrivateKey): KeyParts {
  const writer = new Writer();
  key.writeSecret(writer);
  const reader = new Reader(writer.written());
  switch (key.type) {
    case ED25519: {
      const { publicKey, secret } = ed25519Fields.read(reader);
      return { kind: 'ed25519', seed: secret.subarray(0, SEED_LENGTH), publicKey };
    }
    case SSH_RSA:
      return { kind: 'rsa', ...rsaFields.read(reader) };
    default: {
      const { curve, point, privateKey } = ecdsaFields.read(reader);
      if (!isCurveName(curve)) throw new ConfigurationError(`a key of ${key.type} has another curve`);
      return { kind: 'ecdsa', curve, point, scalar: padded(privateKey, CURVES[curve].fieldLength) };
    }
  }
}

/**
 * Builds a key from the contents of a file.
 * Security: the public half is computed and compared with the file's: signing with mismatched halves discloses the
 * secret. @throws KeyFileError if they do not match, or the key is out of bounds.
 */
export function privateKeyOf(parts: ReadParts, { comment, crypto }: KeyOrigin): PrivateKey {
  const { type, fields } = fieldsOf(parts);
  const material = refuseMalformed(() => keyTypes[type].read(new Reader(fields)));
  if (!publicKeyTypes[type].isUsable(material.publicKey)) {
    throw new KeyFileError('unsupported', `the key is not a usable ${type} key`);
  }
  return new PrivateKey(type, material, comment, crypto);
}

/** In the format of OpenSSH's files, which `keyTypes` reads. */
function fieldsOf(parts: ReadParts): { readonly type: KeyTypeName; readonly fields: Uint8Array } {
  switch (parts.kind) {
    case 'ed25519': {
      if (parts.seed.length !== SEED_LENGTH) throw malformed('an Ed25519 key has 32 bytes');
      const publicKey = ed25519.getPublicKey(parts.seed);
      requireSame(publicKey, parts.publicKey);
      const secret = new Uint8Array(2 * SEED_LENGTH);
      secret.set(parts.seed);
      secret.set(publicKey, SEED_LENGTH);
      return { type: ED25519, fields: ed25519Fields.encode({ publicKey, secret }) };
    }
    case 'ecdsa': {
      const { curve } = parts;
      const scalar = padded(parts.scalar, CURVES[curve].fieldLength);
      const { utils, getPublicKey } = nobleCurves[curve];
      if (!utils.isValidSecretKey(scalar)) throw malformed('the number of an ECDSA key is out of bounds');
      const point = getPublicKey(scalar, false);
      const isCompressed = parts.point?.length === 1 + scalar.length;
      requireSame(isCompressed ? getPublicKey(scalar, true) : point, parts.point);
      return { type: CURVES[curve].keyType, fields: ecdsaFields.encode({ curve, point, privateKey: scalar }) };
    }
    case 'rsa':
      return { type: SSH_RSA, fields: rsaFields.encode({ ...parts, iqmp: coefficientOf(parts) }) };
  }
}

/** @returns q^-1 mod p, from the file if that has it; anything for numbers that are no key's. */
function coefficientOf({ iqmp, p, q }: Extract<ReadParts, { readonly kind: 'rsa' }>): Uint8Array {
  if (iqmp !== undefined) return iqmp;
  // Security: numbers longer than allowed are never used in computations.
  const isTooLong = Math.max(p.length, q.length) > MAXIMUM_MODULUS_BITS / 8;
  const first = isTooLong ? 0n : toInteger(p);
  return toBytes(first > 1n ? inverse(toInteger(q) % first, first) : 0n);
}

/** value^-1 modulo `modulus` by Euclid's algorithm; meaningless if there is no inverse. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [previous, current] = [modulus, value];
  let [before, factor] = [0n, 1n];
  while (current !== 0n) {
    const quotient = previous / current;
    [previous, current] = [current, previous - quotient * current];
    [before, factor] = [factor, before - quotient * factor];
  }
  return before < 0n ? before + modulus : before;
}

function requireSame(computed: Uint8Array, given: Uint8Array | undefined): void {
  if (given !== undefined && !equalBytes(computed, given)) throw malformed('the public key is another');
}

/** @throws KeyFileError if it does not fit. */
export function padded(magnitude: Uint8Array, length: number): Uint8Array {
  const start = magnitude.findIndex((byte) => byte !== 0);
  const digits = magnitude.subarray(start === -1 ? magnitude.length : start);
  if (digits.length > length) throw malformed('a number of the key is too long');
  const bytes = new Uint8Array(length);
  bytes.set(digits, length - digits.length);
  return bytes;
}

function isCurveName(name: string): name is CurveName {
  return Object.hasOwn(CURVES, name);
}

export function malformed(why: string): KeyFileError {
  return new KeyFileError('malformed', `the private key is malformed: ${why}`);
}
