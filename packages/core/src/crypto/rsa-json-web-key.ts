/** RFC 7518 §6.3: RSA keys as JSON Web Keys, the one format that both WebCrypto and node:crypto accept. */
import { decodeBase64url, encodeBase64url } from './base64.js';
import { toBytes, toInteger } from './integer.js';
import type { RsaPrivateKey, RsaPublicKey } from './provider.js';

export interface RsaPublicJsonWebKey {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
}
export interface RsaPrivateJsonWebKey extends RsaPublicJsonWebKey {
  readonly d: string;
  readonly p: string;
  readonly q: string;
  readonly dp: string;
  readonly dq: string;
  readonly qi: string;
}

export function rsaPublicJsonWebKey(key: RsaPublicKey): RsaPublicJsonWebKey {
  return { kty: 'RSA', n: encodeBase64url(key.n), e: encodeBase64url(key.e) };
}

/** Computes the two CRT exponents that OpenSSH's key files leave out. */
export function rsaPrivateJsonWebKey(key: RsaPrivateKey): RsaPrivateJsonWebKey {
  const d = toInteger(key.d);
  return {
    ...rsaPublicJsonWebKey(key),
    d: encodeBase64url(key.d),
    p: encodeBase64url(key.p),
    q: encodeBase64url(key.q),
    dp: encodeBase64url(toBytes(d % (toInteger(key.p) - 1n))),
    dq: encodeBase64url(toBytes(d % (toInteger(key.q) - 1n))),
    qi: encodeBase64url(key.iqmp),
  };
}

/** A private key from what a runtime generated. @throws TypeError if a member is missing or not base64url. */
export function rsaFromJsonWebKey(jsonWebKey: object): RsaPrivateKey {
  const members = new Map<string, unknown>(Object.entries(jsonWebKey));
  const magnitude = (name: string): Uint8Array => {
    const text = members.get(name);
    const bytes = typeof text === 'string' ? decodeBase64url(text) : undefined;
    if (bytes === undefined) throw new TypeError(`a generated RSA key has no ${name}`);
    return withoutLeadingZeros(bytes);
  };
  return {
    n: magnitude('n'),
    e: magnitude('e'),
    d: magnitude('d'),
    p: magnitude('p'),
    q: magnitude('q'),
    iqmp: magnitude('qi'),
  };
}

function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start === -1 ? new Uint8Array(0) : bytes.subarray(start);
}
