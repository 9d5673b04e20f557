/** How passwords are compared with what is stored of them. */
import { equalBytes, type Awaitable } from '../../crypto/provider.js';
import { LOCKED } from './account.js';

/** Knows the kinds of hashes that a server stores; `@nacre/core/passwords` has the usual ones. */
export interface PasswordVerifier {
  /**
   * Whether `storedHash` was made of `password`. False for what it cannot read. `signal` aborts when nobody waits for the answer
   * any more. Security: work for those who are gone is not limited by how many connections there are.
   */
  verify(password: string, storedHash: string, signal?: AbortSignal): Awaitable<boolean>;
  /** Whether it is a hash of a kind that is known here; where it is none the log says so. */
  canRead?(storedHash: string): boolean;
  /** A hash that costs as much to compare with as usual ones. */
  readonly decoy: string;
}

const utf8 = new TextEncoder();

/** What is stored, as all connections of a server see it. */
export class StoredPasswords {
  readonly #verifier: PasswordVerifier | undefined;
  /** Security: stands in for the hash of users who have none, so that they take as long as others. */
  #decoy: string;

  constructor(verifier: PasswordVerifier | undefined) {
    this.#verifier = verifier;
    this.#decoy = verifier?.decoy ?? LOCKED;
  }

  get canCompare(): boolean {
    return this.#verifier !== undefined;
  }

  /** The hash to ask about: the user's own, unless nobody can log in by it. */
  hashFor(storedHash: string, isBarred: boolean): string {
    if (isBarred || storedHash === LOCKED) return this.#decoy;
    this.#decoy = decoyOf(storedHash) ?? this.#decoy;
    return storedHash;
  }

  /** Whether nothing can be compared with it: a mistake of whoever stored it, which looks like a wrong password. */
  isUnreadable(storedHash: string): boolean {
    return storedHash !== '' && storedHash !== LOCKED && this.#verifier?.canRead?.(storedHash) === false;
  }

  /** Whether a text that the application made of a password is the stored one, in time that depends on the lengths only. */
  isSame(text: string, storedHash: string): boolean {
    return storedHash !== '' && storedHash !== LOCKED && equalBytes(utf8.encode(text), utf8.encode(storedHash));
  }

  /** The empty hash is that of the empty password, which comes here only where policy lets it. */
  async compare(password: string, storedHash: string, signal?: AbortSignal): Promise<boolean> {
    if (storedHash === '' || this.#verifier === undefined) return storedHash === '' && password === '';
    return (await this.#verifier.verify(password, storedHash, signal)) && storedHash !== this.#decoy;
  }
}

/**
 * A hash as costly as `hash`, and of no password: the usual kinds end in a salt and a value, and say before them how these were
 * made. Undefined where `hash` looks otherwise.
 */
export function decoyOf(hash: string): string | undefined {
  const parts = /^(\$.*\$)([^$]+)\$([^$]+)$/.exec(hash);
  if (parts === null) return undefined;
  const [, kind = '', salt = '', value = ''] = parts;
  return `${kind}${'A'.repeat(salt.length)}$${'A'.repeat(value.length)}`;
}
