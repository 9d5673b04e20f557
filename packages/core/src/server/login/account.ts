/** Who a user is: what the user lookup hooks return. */
import { ConfigurationError } from '../../errors.js';

export interface Account {
  /** The user's name from here on; it may differ from the requested one. */
  readonly name: string;
  /** The user's number; 0 is root, whatever the name. */
  readonly id: number;
  readonly group: number;
  readonly fullName: string;
  readonly home: string;
  readonly shell: string;
  /** What `password` is compared with: a PHC string, or the result of the application's own hashing. */
  readonly passwordHash?: string;
}

/** The hash of an account without a password: nothing compares equal to it. */
export const LOCKED = 'locked';

/** The traditional id of nobody. */
const NOBODY = 65_534;
/** Most UTF-16 units in a text of an account and in a hash: argon2id with a long salt has some 200. */
const MAXIMUM_TEXT = 1024;

/** If nobody looks users up, every name gets one of these: not root, and without a password. */
export function dummyAccount(name: string): Account {
  return { name, id: NOBODY, group: NOBODY, fullName: '', home: '/', shell: '' };
}

/** @throws ConfigurationError, which ends the connection, if a hook returned anything but an account. */
export function readAccount(given: unknown): Account {
  const account = (typeof given === 'object' && given !== null ? given : {}) as Account;
  const { name, id, group, fullName, home, shell, passwordHash } = account;
  const isValid =
    [name, fullName, home, shell].every(isText) &&
    name !== '' &&
    [id, group].every(isId) &&
    (passwordHash === undefined || isText(passwordHash));
  if (!isValid) throw new ConfigurationError('a hook returned an invalid account');
  const fields = { name, id, group, fullName, home, shell };
  return passwordHash === undefined ? fields : { ...fields, passwordHash };
}

/** @throws ConfigurationError, which ends the connection, for null and for anything but a string. */
export function readHash(given: unknown): string {
  if (!isText(given)) throw new ConfigurationError('the hook "passwordHash" gave no hash');
  return given;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAXIMUM_TEXT && !/[\x00-\x1f\x7f]/.test(value);
}

function isId(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}
