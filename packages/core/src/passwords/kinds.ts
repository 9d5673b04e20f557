/** RFC 7914, RFC 9106 and RFC 8018 §5.2: the kinds of password hashes, one row each, by their PHC names. */
import { argon2idAsync } from '@noble/hashes/argon2.js';
import { pbkdf2Async } from '@noble/hashes/pbkdf2.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';

type Parameters = Readonly<Record<string, number>>;

/** One kind of hash. */
export interface PasswordHash {
  readonly version?: number;
  /** Parameters of new hashes: as in OWASP's cheat sheet, within the memory of a Worker. */
  readonly parameters: Parameters;
  /** Minimum and maximum of each parameter; hashes outside of these are not computed. */
  readonly bounds: Readonly<Record<string, readonly [least: number, most: number]>>;
  /** Whether parameters within those bounds fit together, and with a salt of so many bytes: hashes that do not are not computed either. */
  readonly fits?: (parameters: Parameters, saltLength: number) => boolean;
  derive(password: Uint8Array, salt: Uint8Array, parameters: Parameters, length: number): Promise<Uint8Array>;
}

/** The most memory that a comparison may take, in bytes. */
const MAXIMUM_MEMORY = 256 * 1024 * 1024;
/** RFC 7914 §2: bytes of a block for r = 1. */
const SCRYPT_BLOCK_LENGTH = 128;
/** The longest turn of the event loop, in ms. */
const TURN = 8;

const scrypt: PasswordHash = {
  parameters: { ln: 15, r: 8, p: 3 },
  bounds: { ln: [1, 20], r: [1, 32], p: [1, 16] },
  fits: ({ ln = 0, r = 0 }) => 2 ** ln * r * SCRYPT_BLOCK_LENGTH <= MAXIMUM_MEMORY,
  derive: (password, salt, { ln = 0, r = 0, p = 0 }, dkLen) =>
    scryptAsync(password, salt, { N: 2 ** ln, r, p, dkLen, asyncTick: TURN, maxmem: 2 * MAXIMUM_MEMORY }),
};

const argon2id: PasswordHash = {
  version: 19,
  parameters: { m: 19_456, t: 2, p: 1 },
  bounds: { m: [8, MAXIMUM_MEMORY / 1024], t: [1, 64], p: [1, 16] },
  // RFC 9106 §3.1.
  fits: ({ m = 0, p = 0 }, saltLength) => m >= 8 * p && saltLength >= 8,
  derive: (password, salt, { m = 0, t = 0, p = 0 }, dkLen) =>
    argon2idAsync(password, salt, { m, t, p, dkLen, version: 19, asyncTick: TURN, maxmem: 2 * MAXIMUM_MEMORY }),
};

const pbkdf2 = (hash: typeof sha256 | typeof sha512, iterations: number): PasswordHash => ({
  parameters: { i: iterations },
  bounds: { i: [1, 10_000_000] },
  derive: (password, salt, { i = 0 }, dkLen) => pbkdf2Async(hash, password, salt, { c: i, dkLen, asyncTick: TURN }),
});

export const passwordHashes = {
  scrypt,
  argon2id,
  'pbkdf2-sha256': pbkdf2(sha256, 600_000),
  'pbkdf2-sha512': pbkdf2(sha512, 210_000),
} as const satisfies Record<string, PasswordHash>;

export type PasswordHashName = keyof typeof passwordHashes;
