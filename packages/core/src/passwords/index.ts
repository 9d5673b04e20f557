/** `@nacre/core/passwords`: makes and compares password hashes, for servers that store them. */
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
/** Minimum and maximum length of a hash, in bytes: a shorter one could be guessed. */
const HASH_LENGTHS = [16, 64] as const;

const KNOWN = Object.keys(passwordHashes).join(', ');

const utf8 = new TextEncoder();

/** The comparisons in progress, one at a time: each takes tens of megabytes. */
let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(work, work);
  last = result.catch(() => undefined);
  return result;
}

/**
 * Makes the stored form of a password: a PHC string. Takes some tenths of a second, in short turns.
 * @throws ConfigurationError for an unknown kind.
 */
export async function hashPassword(password: string, name: PasswordHashName = DEFAULT_HASH): Promise<string> {
  if (!Object.hasOwn(passwordHashes, name))
    throw new ConfigurationError(`there is no password hash "${String(name)}"; there are ${KNOWN}`);
  const kind: PasswordHash = passwordHashes[name];
  const salt = randomBytes(SALT_LENGTH);
  return inTurn(async () => {
    const hash = await kind.derive(utf8.encode(password), salt, kind.parameters, HASH_LENGTH);
    return formatStoredHash({ id: name, version: kind.version, parameters: kind.parameters, salt, hash });
  });
}

/**
 * Whether `storedHash` was made from `password`, compared in constant time. False for anything but a hash of a known
 * kind, and if `signal` aborts before its turn comes: a client that asks and leaves costs nothing.
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

/** For a server's option `passwords`: compares with the stored hash if the hook `password` has no opinion. */
export const passwords: PasswordVerifier = {
  // Security: an unreadable hash takes as long as a readable one, so that its user cannot be told from unknown ones.
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
 * A hook `passwordHash` with the hashes of users by name. Other users are unknown, unless the hook `account` knows
 * them.
 * @throws ConfigurationError for a hash that cannot be compared with.
 */
export function storedPasswords(hashes: Readonly<Record<string, string>>): Hooks['passwordHash'] & object {
  for (const [user, hash] of Object.entries(hashes)) {
    if (readHash(hash) === undefined) {
      throw new ConfigurationError(
        `the password hash of "${user}" is not valid: make it with hashPassword, or give a PHC string of ${KNOWN}`,
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
  const { parameters, salt, hash, version } = stored;
  const names = Object.keys(kind.bounds);
  const isInBounds = Object.entries(kind.bounds).every(([name, [least, most]]) => {
    const value = parameters[name];
    return value !== undefined && value >= least && value <= most;
  });
  const isKnown = Object.keys(parameters).every((name) => names.includes(name)) && version === kind.version;
  const [shortest, longest] = HASH_LENGTHS;
  if (!isInBounds || !isKnown || hash.length < shortest || hash.length > longest) return undefined;
  return kind.fits?.(parameters, salt.length) === false ? undefined : { ...stored, kind };
}
