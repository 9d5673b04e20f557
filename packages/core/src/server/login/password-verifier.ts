/** Compares passwords with their stored form. */
import { equalBytes, type Awaitable } from '../../crypto/provider.js';
import { LOCKED } from './account.js';

/** Understands the kinds of hashes that a server stores; `@nacre/core/passwords` has the usual ones. */
export interface PasswordVerifier {
  /**
   * Whether `storedHash` was made from `password`. False if it cannot read the hash. `signal` aborts when nobody waits
   * for the answer any more. Security: connection limits do not bound the work for clients that have gone.
   */
  verify(password: string, storedHash: string, signal?: AbortSignal): Awaitable<boolean>;
  /** Whether the hash is of a known kind; if not, the log says so. */
  canRead?(storedHash: string): boolean;
  /** A hash that takes as long to compare as usual ones. */
  readonly decoy: string;
}

const utf8 = new TextEncoder();

/** The stored hashes, as seen by all connections of a server. */
export class StoredPasswords {
  readonly #verifier: PasswordVerifier | undefined;
  /** Security: replaces the hash of users who have none, so that they take as long as others. */
  #decoy: string;

  constructor(verifier: PasswordVerifier | undefined) {
    this.#verifier = verifier;
    this.#decoy = verifier?.decoy ?? LOCKED;
  }

  get canCompare(): boolean {
    return this.#verifier !== undefined;
  }

  /** The hash to compare with: the user's own, unless nobody can log in by it. */
  hashFor(storedHash: string, isBarred: boolean): string {
    if (isBarred || storedHash === LOCKED) return this.#decoy;
    this.#decoy = decoyOf(storedHash) ?? this.#decoy;
    return storedHash;
  }

  /** Whether the hash cannot be compared with: a mistake of whoever stored it, which looks like a wrong password. */
  isUnreadable(storedHash: string): boolean {
    return storedHash !== '' && storedHash !== LOCKED && this.#verifier?.canRead?.(storedHash) === false;
  }

  /**
   * Whether a text that the application derived from a password is the stored one, in time that depends only on
   * lengths.
   */
  isSame(text: string, storedHash: string): boolean {
    return storedHash !== '' && storedHash !== LOCKED && equalBytes(utf8.encode(text), utf8.encode(storedHash));
  }

  /** The empty hash belongs to the empty password, which gets here only if policy allows it. */
  async compare(password: string, storedHash: string, signal?: AbortSignal): Promise<boolean> {
    if (storedHash === '' || this.#verifier === undefined) return storedHash === '' && password === '';
    return (await this.#verifier.verify(password, storedHash, signal)) && storedHash !== this.#decoy;
  }
}

/**
 * A hash as costly as `hash` that matches no password: the usual kinds end in a salt and a value, preceded by their
 * parameters. Undefined if `hash` has another form.
 */
export function decoyOf(hash: string): string | undefined {
  const parts = /^(\$.*\$)([^$]+)\$([^$]+)$/.exec(hash);
  if (parts === null) return undefined;
  const [, kind = '', salt = '', value = ''] = parts;
  return `${kind}${'A'.repeat(salt.length)}$${'A'.repeat(value.length)}`;
}
