/** SHA-2 and SHA-1 (FIPS 180-4) and HMAC (RFC 2104) in JavaScript. */
import { hmac as hmacOf } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import type { AnyHashName } from '../provider.js';

export const hashes = { sha1, sha256, sha384, sha512 } as const satisfies Record<AnyHashName, unknown>;

/** The hash of the concatenation of `parts`. */
export function hash(name: AnyHashName, ...parts: readonly Uint8Array[]): Uint8Array {
  const state = hashes[name].create();
  for (const part of parts) state.update(part);
  return state.digest();
}

/** The returned function authenticates the concatenation of its arguments. */
export function hmac(name: AnyHashName, key: Uint8Array): (...parts: readonly Uint8Array[]) => Uint8Array {
  // Both pads are hashed once here; each packet starts from a copy of that state.
  const keyed = hmacOf.create(hashes[name], key);
  return (...parts) => {
    const state = keyed.clone();
    for (const part of parts) state.update(part);
    return state.digest();
  };
}
