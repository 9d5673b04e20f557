/** RFC 7517 and 7518, RFC 8037: private and public keys as JSON Web Keys, as used by WebCrypto and key services. */
import { decodeEcdsaPublicKey, encodeEcdsaPublicKey } from '../../algorithms/ecdsa.js';
import { decodeEd25519PublicKey, ED25519, encodeEd25519PublicKey } from '../../algorithms/ed25519.js';
import { decodeRsaPublicKey, encodeRsaPublicKey, SSH_RSA } from '../../algorithms/rsa.js';
import { decodeBase64url, encodeBase64url } from '../../crypto/base64.js';
import { portableCrypto } from '../../crypto/portable.js';
import type { CryptoSource, CurveName } from '../../crypto/provider.js';
import { rsaPrivateJsonWebKey, rsaPublicJsonWebKey } from '../../crypto/rsa-json-web-key.js';
import { ConfigurationError, KeyFileError } from '../../errors.js';
import { concatenate } from '../../wire/concatenate.js';
import { CURVES, padded, partsOf, privateKeyOf, type ReadParts } from './key-parts.js';
import { publicKeyTypeOf } from '../public-key-types.js';
import type { PrivateKey } from '../private-key.js';
import { keyTypeOf, type PublicKey } from '../public-key.js';

/** RFC 7518 §6.2.1.1. */
const curveNames: Readonly<Record<CurveName, string>> = { nistp256: 'P-256', nistp384: 'P-384', nistp521: 'P-521' };
/** In base64url digits: an RSA number of 8192 bits has 1366. */
const LONGEST_MEMBER = 2048;
const UNCOMPRESSED_POINT = Uint8Array.of(4);

/** The members of a key by name; which ones it has depends on `kty`. */
export type JsonWebKey = Readonly<Record<string, string>>;

/** Reads members from an arbitrary object. */
class Members {
  readonly #members: ReadonlyMap<string, unknown>;

  constructor(jsonWebKey: object) {
    this.#members = new Map(Object.entries(jsonWebKey));
  }

  name(member: string): string {
    const value = this.#members.get(member);
    return typeof value === 'string' ? value : '';
  }

  has(member: string): boolean {
    return this.#members.has(member);
  }

  /** @throws KeyFileError */
  bytes(member: string): Uint8Array {
    const value = this.name(member);
    const bytes = value.length > LONGEST_MEMBER ? undefined : decodeBase64url(value);
    if (bytes === undefined || bytes.length === 0) {
      throw new KeyFileError('malformed', `the JSON Web Key has no usable ${member}`);
    }
    return bytes;
  }
}

function curveOf(members: Members): CurveName {
  const name = members.name('crv');
  if (name === 'P-256') return 'nistp256';
  if (name === 'P-384') return 'nistp384';
  if (name === 'P-521') return 'nistp521';
  throw new KeyFileError('unsupported', 'the JSON Web Key is over a curve that SSH has not');
}

function pointOf(members: Members, curve: CurveName): Uint8Array {
  const { fieldLength } = CURVES[curve];
  const [x, y] = [members.bytes('x'), members.bytes('y')];
  return concatenate([UNCOMPRESSED_POINT, padded(x, fieldLength), padded(y, fieldLength)]);
}

function kindOf(members: Members): 'RSA' | 'EC' | 'Ed25519' {
  const type = members.name('kty');
  if (type === 'RSA' || type === 'EC') return type;
  if (type === 'OKP' && members.name('crv') === 'Ed25519') return 'Ed25519';
  throw new KeyFileError('unsupported', 'the JSON Web Key is of a kind that SSH has not');
}

function readParts(members: Members): ReadParts {
  if (!members.has('d')) throw new KeyFileError('malformed', 'the JSON Web Key has no private half');
  switch (kindOf(members)) {
    case 'Ed25519':
      return { kind: 'ed25519', seed: members.bytes('d'), publicKey: members.bytes('x') };
    case 'EC': {
      const curve = curveOf(members);
      return { kind: 'ecdsa', curve, scalar: members.bytes('d'), point: pointOf(members, curve) };
    }
    case 'RSA': {
      if (members.has('oth')) throw new KeyFileError('unsupported', 'the JSON Web Key has more than two primes');
      const [n, e, d] = [members.bytes('n'), members.bytes('e'), members.bytes('d')];
      const iqmp = members.has('qi') ? members.bytes('qi') : undefined;
      return { kind: 'rsa', n, e, d, p: members.bytes('p'), q: members.bytes('q'), iqmp };
    }
  }
}

export interface FromJsonWebKeyOptions {
  readonly comment?: string;
  /** What the key signs with; the portable provider by default. */
  readonly crypto?: CryptoSource;
}

/** Reads a private key from the object. `key_ops`, `alg` and `use` are ignored. @throws KeyFileError */
export function fromJsonWebKey(
  jsonWebKey: object,
  { comment = '', crypto = portableCrypto }: FromJsonWebKeyOptions = {},
): PrivateKey {
  return privateKeyOf(readParts(new Members(jsonWebKey)), { comment, crypto });
}

/** Security: this is the key. */
export function toJsonWebKey(key: PrivateKey): JsonWebKey {
  const parts = partsOf(key);
  switch (parts.kind) {
    case 'rsa':
      return { ...rsaPrivateJsonWebKey(parts) };
    case 'ed25519':
      return { ...toPublicJsonWebKey(key.publicKey), d: encodeBase64url(parts.seed) };
    case 'ecdsa':
      return { ...toPublicJsonWebKey(key.publicKey), d: encodeBase64url(parts.scalar) };
  }
}

/**
 * Reads a public key from the object, which may be private. @throws KeyFileError if SSH has no such key, or it is too
 * weak.
 */
export function fromPublicJsonWebKey(jsonWebKey: object, comment = ''): PublicKey {
  const blob = readPublicBlob(new Members(jsonWebKey));
  const type = keyTypeOf(blob) ?? '';
  if (!publicKeyTypeOf(type)?.isUsable(blob)) {
    throw new KeyFileError('unsupported', `the key is not a usable ${type} key`);
  }
  return { type, blob, comment };
}

function readPublicBlob(members: Members): Uint8Array {
  switch (kindOf(members)) {
    case 'Ed25519':
      return encodeEd25519PublicKey(members.bytes('x'));
    case 'EC': {
      const curve = curveOf(members);
      return encodeEcdsaPublicKey(CURVES[curve], pointOf(members, curve));
    }
    case 'RSA':
      return encodeRsaPublicKey({ n: members.bytes('n'), e: members.bytes('e') });
  }
}

/** @throws ConfigurationError for anything but a usable Ed25519, ECDSA or RSA key. */
export function toPublicJsonWebKey(blob: Uint8Array): JsonWebKey {
  const type = keyTypeOf(blob);
  if (type === ED25519) {
    const x = decodeEd25519PublicKey(blob);
    if (x !== undefined) return { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(x) };
  }
  if (type === SSH_RSA) {
    const key = decodeRsaPublicKey(blob);
    if (key !== undefined) return { ...rsaPublicJsonWebKey(key) };
  }
  const parameters = Object.values(CURVES).find(({ name }) => name === type);
  const point = parameters && decodeEcdsaPublicKey(parameters, blob);
  if (parameters === undefined || point === undefined) {
    throw new ConfigurationError('no JSON Web Key can be made of this public key');
  }
  const { curve, fieldLength } = parameters;
  const x = encodeBase64url(point.subarray(1, 1 + fieldLength));
  return { kty: 'EC', crv: curveNames[curve], x, y: encodeBase64url(point.subarray(1 + fieldLength)) };
}
