/** SHA-2 (FIPS 180-4) and HMAC (RFC 2104) in JavaScript. */
import { hmac as nobleHmac } from '@noble/hashes/hmac.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import type { CHash } from '@noble/hashes/utils.js';
import type { AnyHashName, CryptoProvider, HashName } from '../provider.js';

type HashTable = Readonly<Partial<Record<AnyHashName, CHash>>>;

export const hashes = { sha256, sha384, sha512 } as const satisfies Record<HashName, CHash>;

function find(table: HashTable, name: AnyHashName): CHash {
  const found = table[name];
  if (found === undefined) throw new RangeError(`the provider was made without ${name}`);
  return found;
}

/** Hashes the concatenation of its arguments, with the functions of `table`. */
export function hashWith(table: HashTable): CryptoProvider['hash'] {
  return (name, ...parts) => {
    const state = find(table, name).create();
    for (const part of parts) state.update(part);
    return state.digest();
  };
}

export function hmacWith(table: HashTable): CryptoProvider['hmac'] {
  return (name, key) => {
    // Both pads are hashed once here; each packet starts from a copy of that state.
    const keyed = nobleHmac.create(find(table, name), key);
    return (...parts) => {
      const state = keyed.clone();
      for (const part of parts) state.update(part);
      return state.digest();
    };
  };
}

export const hash = /* @__PURE__ */ hashWith(hashes);
export const hmac = /* @__PURE__ */ hmacWith(hashes);
