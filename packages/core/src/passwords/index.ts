/** `@nacre/core/passwords`: passwords hashed and compared, for servers that store hashes of them. */
import { randomBytes } from '../crypto/random.js';
import { equalBytes } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import type { Hooks } from '../server/hooks.js';
import type { PasswordVerifier } from '../server/login/password-verifier.js';
import { passwordHashes, type PasswordHash, type PasswordHashName } from './kinds.js';
import { formatStoredHash, parseStoredHash, type StoredHash } from './phc.js';

export type { PasswordHashName };

const DEFAULT_HASH: PasswordHashName = 'scrypt';
const SALT_LENGTH = 16;
const HASH_LENGTH = 32;
/** A hash is at least and at most so long, in bytes: a shorter one could be guessed. */
const HASH_LENGTHS = [16, 64] as const;

const utf8 = new TextEncoder();

/** The comparisons that are under way, one after another: each takes tens of megabytes. */
let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(work, work);
  last = result.catch(() => undefined);
  return result;
}

/** Makes what to store of a password: a PHC string. It takes some tenths of a second, in short turns. */
export function hashPassword(password: string, name: PasswordHashName = DEFAULT_HASH): Promise<string> {
  const kind: PasswordHash = passwordHashes[name];
  const salt = randomBytes(SALT_LENGTH);
  return inTurn(async () => {
    const hash = await kind.derive(utf8.encode(password), salt, kind.parameters, HASH_LENGTH);
    return formatStoredHash({ id: name, version: kind.version, parameters: kind.parameters, salt, hash });
  });
}

/**
 * Whether `storedHash` was made of `password`, in constant time. False for what is no hash of a kind that is known here, and
 * where `signal` aborts before it is its turn: who asks and goes costs nothing.
 */
export async function verifyPassword(password: string, storedHash: string, signal?: AbortSignal): Promise<boolean> {
  const stored = readHash(storedHash);
  if (stored === undefined) return false;
  const { kind, parameters, salt, hash } = stored;
  return inTurn(async () => {
    if (signal?.aborted === true) return false;
    return equalBytes(await kind.derive(utf8.encode(password), salt, parameters, hash.length), hash);
  });
}

/** For a server's option `passwords`: where the hook `password` has no opinion, it is compared with the stored hash. */
export const passwords: PasswordVerifier = {
  // Security: a hash that nobody can read takes as long as one, or its user would be told from those who are unknown.
  verify: async (password, storedHash, signal) => {
    if (readHash(storedHash) !== undefined) return verifyPassword(password, storedHash, signal);
    await verifyPassword(password, passwords.decoy, signal);
    return false;
  },
  canRead: (storedHash) => readHash(storedHash) !== undefined,
  decoy: formatStoredHash({
    id: DEFAULT_HASH,
    version: undefined,
    parameters: passwordHashes[DEFAULT_HASH].parameters,
    salt: new Uint8Array(SALT_LENGTH),
    hash: new Uint8Array(HASH_LENGTH),
  }),
};

/**
 * A hook `passwordHash` for users by their names. Who is not among them is unknown, unless `account` knows better.
 * @throws ConfigurationError for a hash that nothing can be compared with.
 */
export function storedPasswords(hashes: Readonly<Record<string, string>>): Hooks['passwordHash'] & object {
  for (const [user, hash] of Object.entries(hashes)) {
    if (readHash(hash) === undefined) {
      const known = Object.keys(passwordHashes).join(', ');
      throw new ConfigurationError(
        `the password hash of "${user}" is none: make it with hashPassword, or give a PHC string of ${known}`,
      );
    }
  }
  const byName = new Map(Object.entries(hashes));
  return ({ user }) => byName.get(user);
}

function readHash(text: string): (StoredHash & { readonly kind: PasswordHash }) | undefined {
  const stored = parseStoredHash(text);
  if (stored === undefined || !Object.hasOwn(passwordHashes, stored.id)) return undefined;
  const kind: PasswordHash = passwordHashes[stored.id as PasswordHashName];
  const { parameters, hash, version } = stored;
  const names = Object.keys(kind.bounds);
  const isInBounds = Object.entries(kind.bounds).every(([name, [least, most]]) => {
    const value = parameters[name];
    return value !== undefined && value >= least && value <= most;
  });
  const isKnown = Object.keys(parameters).every((name) => names.includes(name)) && version === kind.version;
  const [shortest, longest] = HASH_LENGTHS;
  return isInBounds && isKnown && hash.length >= shortest && hash.length <= longest ? { ...stored, kind } : undefined;
}
