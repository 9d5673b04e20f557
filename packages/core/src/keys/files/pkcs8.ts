/**
 * RFC 5958 (PKCS #8): `PRIVATE KEY` and `ENCRYPTED PRIVATE KEY`; keys inside are of RFC 8017, RFC 5915 and RFC 8410.
 */
import { KeyFileError, ProtocolError } from '../../errors.js';
import type { PrivateKey } from '../private-key.js';
import { contextTag, der, derIdentifier, derInteger, DerReader, NULL, OCTET_STRING, SEQUENCE } from './der.js';
import { partsOf, type KeyParts, type ReadParts } from './key-parts.js';
import { newPassphrase } from './passphrase.js';
import { sealPbes2 } from './pbes2.js';
import { formatPem } from './pem.js';
import {
  curveOf,
  CURVE_IDENTIFIERS,
  encodeEcPrivateKey,
  encodeRsaPrivateKey,
  readEcPrivateKey,
  readRsaPrivateKey,
} from './traditional.js';

const RSA_ENCRYPTION = '2a864886f70d010101';
const EC_PUBLIC_KEY = '2a8648ce3d0201';
const ED25519 = '2b6570';
/** [1] IMPLICIT BIT STRING: the public key in version 1. */
const PUBLIC_KEY_TAG = 0x81;

/** OneAsymmetricKey. @throws KeyFileError for a key of another kind, ProtocolError if it is malformed. */
export function readPkcs8(bytes: Uint8Array): ReadParts {
  const whole = new DerReader(bytes);
  const reader = whole.sequence();
  whole.end();
  if (reader.number() > 1) throw new ProtocolError('it is of another version');
  const algorithm = reader.sequence();
  const name = algorithm.identifier();
  const content = reader.read(OCTET_STRING);
  if (reader.isNext(contextTag(0))) reader.read(contextTag(0));
  const publicKey = reader.isNext(PUBLIC_KEY_TAG) ? reader.read(PUBLIC_KEY_TAG).subarray(1) : undefined;
  reader.end();
  switch (name) {
    case RSA_ENCRYPTION:
      return readRsaPrivateKey(content);
    case EC_PUBLIC_KEY:
      return readEcPrivateKey(content, curveOf(algorithm.identifier()));
    case ED25519: {
      const inner = new DerReader(content);
      const seed = inner.read(OCTET_STRING);
      inner.end();
      return { kind: 'ed25519', seed, publicKey };
    }
    default:
      throw new KeyFileError('unsupported', 'the private key is of a kind that SSH has not, or not here');
  }
}

function encodePkcs8(parts: KeyParts): Uint8Array {
  const wrap = (algorithm: readonly Uint8Array[], content: Uint8Array): Uint8Array =>
    der(SEQUENCE, derInteger(Uint8Array.of(0)), der(SEQUENCE, ...algorithm), der(OCTET_STRING, content));
  switch (parts.kind) {
    case 'rsa':
      return wrap([derIdentifier(RSA_ENCRYPTION), der(NULL)], encodeRsaPrivateKey(parts));
    case 'ecdsa': {
      const curve = derIdentifier(CURVE_IDENTIFIERS[parts.curve]);
      return wrap([derIdentifier(EC_PUBLIC_KEY), curve], encodeEcPrivateKey(parts, false));
    }
    case 'ed25519':
      return wrap([derIdentifier(ED25519)], der(OCTET_STRING, parts.seed));
  }
}

export interface FormatPkcs8Options {
  /** If given, the key is encrypted with scrypt and AES-256. */
  readonly passphrase?: string;
}

/** The text that `openssl` and most other programs read. Security: without a passphrase this is the key. */
export async function formatPkcs8KeyFile(key: PrivateKey, { passphrase }: FormatPkcs8Options = {}): Promise<string> {
  const plain = encodePkcs8(partsOf(key));
  if (passphrase === undefined) return formatPem('PRIVATE KEY', plain);
  return formatPem('ENCRYPTED PRIVATE KEY', await sealPbes2(plain, newPassphrase(passphrase)));
}
