/** RFC 8017 A.1.2 (PKCS #1) and RFC 5915 (SEC 1): the formats of OpenSSL and old OpenSSH, and the contents of PKCS #8. */
import { toBytes, toInteger } from '../../crypto/integer.js';
import type { CurveName } from '../../crypto/provider.js';
import { ConfigurationError, KeyFileError, ProtocolError } from '../../errors.js';
import type { PrivateKey } from '../private-key.js';
import { BIT_STRING, contextTag, der, derIdentifier, derInteger, DerReader, OCTET_STRING, SEQUENCE } from './der.js';
import { partsOf, type KeyParts, type ReadParts } from './key-parts.js';
import { formatPem } from './pem.js';

/** RFC 5480 §2.1.1.1. */
export const CURVE_IDENTIFIERS: Readonly<Record<CurveName, string>> = {
  nistp256: '2a8648ce3d030107',
  nistp384: '2b81040022',
  nistp521: '2b81040023',
};
const curvesByIdentifier = new Map<string, CurveName>([
  [CURVE_IDENTIFIERS.nistp256, 'nistp256'],
  [CURVE_IDENTIFIERS.nistp384, 'nistp384'],
  [CURVE_IDENTIFIERS.nistp521, 'nistp521'],
]);
const TWO_PRIMES = 0;
const EC_VERSION = 1;

/** @throws KeyFileError for an unsupported curve. */
export function curveOf(identifier: string): CurveName {
  const curve = curvesByIdentifier.get(identifier);
  if (curve === undefined) throw new KeyFileError('unsupported', 'the private key is over a curve that SSH has not');
  return curve;
}

/** RSAPrivateKey. @throws ProtocolError if it is malformed. */
export function readRsaPrivateKey(bytes: Uint8Array): ReadParts {
  const whole = new DerReader(bytes);
  const reader = whole.sequence();
  whole.end();
  if (reader.number() !== TWO_PRIMES) throw new ProtocolError('an RSA key has more than two primes');
  const n = reader.magnitude();
  const e = reader.magnitude();
  const d = reader.magnitude();
  const p = reader.magnitude();
  const q = reader.magnitude();
  // The CRT exponents follow from the other numbers.
  reader.magnitude();
  reader.magnitude();
  const iqmp = reader.magnitude();
  reader.end();
  return { kind: 'rsa', n, e, d, p, q, iqmp };
}

/** ECPrivateKey; in PKCS #8 the curve is named outside. @throws ProtocolError if it is malformed. */
export function readEcPrivateKey(bytes: Uint8Array, outerCurve?: CurveName): ReadParts {
  const whole = new DerReader(bytes);
  const reader = whole.sequence();
  whole.end();
  if (reader.number() !== EC_VERSION) throw new ProtocolError('an EC key is of another version');
  const scalar = reader.read(OCTET_STRING);
  let curve = outerCurve;
  if (reader.isNext(contextTag(0))) {
    const inner = curveOf(new DerReader(reader.read(contextTag(0))).identifier());
    if (curve !== undefined && curve !== inner) throw new ProtocolError('an EC key names two curves');
    curve = inner;
  }
  if (curve === undefined) throw new ProtocolError('an EC key names no curve');
  let point: Uint8Array | undefined;
  if (reader.isNext(contextTag(1))) {
    const bits = new DerReader(reader.read(contextTag(1))).read(BIT_STRING);
    if (bits[0] !== 0) throw new ProtocolError('a point is not whole bytes');
    point = bits.subarray(1);
  }
  reader.end();
  return { kind: 'ecdsa', curve, scalar, point };
}

export function encodeRsaPrivateKey({ n, e, d, p, q, iqmp }: Extract<KeyParts, { readonly kind: 'rsa' }>): Uint8Array {
  const exponent = (prime: Uint8Array) => toBytes(toInteger(d) % (toInteger(prime) - 1n));
  const integers = [Uint8Array.of(TWO_PRIMES), n, e, d, p, q, exponent(p), exponent(q), iqmp];
  return der(SEQUENCE, ...integers.map(derInteger));
}

/** `named`: whether the curve is included. */
export function encodeEcPrivateKey(
  { curve, scalar, point }: Extract<KeyParts, { readonly kind: 'ecdsa' }>,
  named: boolean,
): Uint8Array {
  return der(
    SEQUENCE,
    derInteger(Uint8Array.of(EC_VERSION)),
    der(OCTET_STRING, scalar),
    ...(named ? [der(contextTag(0), derIdentifier(CURVE_IDENTIFIERS[curve]))] : []),
    der(contextTag(1), der(BIT_STRING, Uint8Array.of(0), point)),
  );
}

/**
 * The text that `ssh-keygen -m PEM` writes, without a passphrase: the old encryption is not worth the name.
 * @throws ConfigurationError for an Ed25519 key, which has no such format. Security: this is the key.
 */
export function formatTraditionalKeyFile(key: PrivateKey): string {
  const parts = partsOf(key);
  switch (parts.kind) {
    case 'rsa':
      return formatPem('RSA PRIVATE KEY', encodeRsaPrivateKey(parts));
    case 'ecdsa':
      return formatPem('EC PRIVATE KEY', encodeEcPrivateKey(parts, true));
    case 'ed25519':
      throw new ConfigurationError('Ed25519 keys have no traditional form: PKCS #8 and OpenSSH have one for all');
  }
}
