/** RFC 4819 over a map: users' keys in memory, for tests and for programs that store them elsewhere as a whole. */
import { equalBytes } from '../crypto/provider.js';
import type { StoredKey } from './messages.js';
import { PublicKeyError, type PublicKeyStore } from './subsystem.js';

/** Keys per user, by default. */
const MAXIMUM_KEYS = 100;

/** A store over `users`, which it modifies. At most `most` keys per user. */
export function memoryPublicKeys(users: Map<string, StoredKey[]> = new Map(), most = MAXIMUM_KEYS): PublicKeyStore {
  const keysOf = (user: string): readonly StoredKey[] => users.get(user) ?? [];
  const others = (user: string, { blob }: { readonly blob: Uint8Array }): StoredKey[] =>
    keysOf(user).filter((key) => !equalBytes(key.blob, blob));
  return {
    list: keysOf,
    add(user, key, overwrite) {
      const rest = others(user, key);
      if (rest.length < keysOf(user).length && !overwrite) throw new PublicKeyError('KEY_ALREADY_PRESENT');
      if (rest.length >= most) throw new PublicKeyError('STORAGE_EXCEEDED');
      users.set(user, [...rest, key]);
    },
    remove(user, key) {
      const rest = others(user, key);
      if (rest.length === keysOf(user).length) throw new PublicKeyError('KEY_NOT_FOUND');
      users.set(user, rest);
    },
  };
}
