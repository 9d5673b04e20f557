/** RFC 3526, RFC 2409 §6.2: the groups of Diffie-Hellman over the integers. Their primes are computed as defined in those RFCs. */
import { toBytes } from '../crypto/integer.js';

/** A multiplicative group modulo a prime, big-endian. */
export interface Group {
  readonly prime: Uint8Array;
  readonly generator: Uint8Array;
}

/**
 * By bits n of the prime: p = 2^n - 2^(n-64) - 1 + 2^64 · (⌊2^(n-130) π⌋ + c), where c makes p and (p-1)/2 prime.
 * Security: π has nothing up its sleeve.
 */
const CONSTANTS = {
  1024: 129_093,
  2048: 124_476,
  3072: 1_690_314,
  4096: 240_904,
  6144: 929_484,
  8192: 4_743_158,
} as const;

export type GroupSize = keyof typeof CONSTANTS;

/** Those that RFC 8270 allows: at least 2048 bits. */
export const GROUP_SIZES = [2048, 3072, 4096, 6144, 8192] as const satisfies readonly GroupSize[];

const GENERATOR = Uint8Array.of(2);
/** Bits of π beyond those needed, to absorb the rounding errors of the sum. */
const GUARD = 64n;

const groups = new Map<GroupSize, Group>();

/** The group whose prime has `size` bits. */
export function modpGroup(size: GroupSize): Group {
  const known = groups.get(size);
  if (known !== undefined) return known;
  const n = BigInt(size);
  const middle = pi(n - 130n) + BigInt(CONSTANTS[size]);
  const prime = (1n << n) - (1n << (n - 64n)) - 1n + (middle << 64n);
  const group: Group = { prime: toBytes(prime), generator: GENERATOR };
  groups.set(size, group);
  return group;
}

/** ⌊2^bits π⌋, by Machin's formula: π/4 = 4 arctan 1/5 - arctan 1/239. */
function pi(bits: bigint): bigint {
  const one = 1n << (bits + GUARD);
  return (16n * arctangentOfInverse(5n, one) - 4n * arctangentOfInverse(239n, one)) >> GUARD;
}

/** `one` times arctan 1/x, by Gregory's series. */
function arctangentOfInverse(x: bigint, one: bigint): bigint {
  let term = one / x;
  let sum = term;
  for (let divisor = 3n; term !== 0n; divisor += 2n) {
    term = -term / (x * x);
    sum += term / divisor;
  }
  return sum;
}
