/** RFC 5958 and RFC 8410: private keys in the only form that WebCrypto accepts for raw bytes. */

/** A PKCS #8 Ed25519 or X25519 key up to the key itself: version 0, the curve's identifier, an OCTET STRING inside another. */
const ED25519_PREFIX = Uint8Array.of(0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 34, 4, 32);
const X25519_PREFIX = Uint8Array.of(0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 34, 4, 32);
const CURVE25519_LENGTH = 32;

export function ed25519PrivateKey(seed: Uint8Array): Uint8Array {
  return withPrefix(ED25519_PREFIX, seed);
}

export function x25519PrivateKey(key: Uint8Array): Uint8Array {
  return withPrefix(X25519_PREFIX, key);
}

/** The 32 bytes at the end of either. */
export function rawPrivateKey(pkcs8: ArrayBuffer): Uint8Array {
  return new Uint8Array(pkcs8).slice(-CURVE25519_LENGTH);
}

function withPrefix(prefix: Uint8Array, key: Uint8Array): Uint8Array {
  if (key.length !== CURVE25519_LENGTH) throw new RangeError(`a private key has ${key.length} bytes, expected 32`);
  const whole = new Uint8Array(prefix.length + key.length);
  whole.set(prefix);
  whole.set(key, prefix.length);
  return whole;
}

const SEQUENCE = 0x30;
const INTEGER = 2;
const OCTET_STRING = 4;
const EC_PUBLIC_KEY = Uint8Array.of(6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1);

/** An EC key (RFC 5915) of just a scalar: the runtime computes its point. `curve` is the DER of the curve's identifier. */
export function ecPrivateKey(curve: Uint8Array, scalar: Uint8Array): Uint8Array {
  const key = der(SEQUENCE, Uint8Array.of(INTEGER, 1, 1), der(OCTET_STRING, scalar));
  return der(SEQUENCE, Uint8Array.of(INTEGER, 1, 0), der(SEQUENCE, EC_PUBLIC_KEY, curve), der(OCTET_STRING, key));
}

/** X.690 §8.1 in DER, for contents shorter than 128 bytes. */
function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.of(
    tag,
    parts.reduce((sum, part) => sum + part.length, 0),
    ...parts.flatMap((part) => [...part]),
  );
}
