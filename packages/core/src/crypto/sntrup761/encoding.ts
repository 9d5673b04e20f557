/** NTRU Prime (round 3) §3.4 and §3.5: polynomials as bytes. */
import { HALF_Q, P, Q, SMALL_LENGTH } from './parameters.js';

/** Limits are kept below this, so that the product of two stays below its square. */
const LIMIT = 16384;
/** The number of multiples of 3 that rounded coefficients can be. */
const ROUNDED_VALUES = (Q + 2) / 3;

/** Four coefficients per byte. */
export function encodeSmall(f: Int8Array): Uint8Array {
  const bytes = new Uint8Array(SMALL_LENGTH);
  for (let index = 0; index < P; index += 1) {
    const at = index >> 2;
    bytes[at] = bytes[at]! | ((f[index]! + 1) << (2 * (index & 3)));
  }
  return bytes;
}

export function decodeSmall(bytes: Uint8Array): Int8Array {
  return Int8Array.from({ length: P }, (_, index) => ((bytes[index >> 2]! >> (2 * (index & 3))) & 3) - 1);
}

export function encodeRingQ(f: Int16Array): Uint8Array {
  return encodeSequence(
    Array.from(f, (coefficient) => coefficient + HALF_Q),
    uniform(Q),
  );
}

export function decodeRingQ(bytes: Uint8Array): Int16Array {
  return Int16Array.from(decodeSequence(bytes, uniform(Q)), (value) => value - HALF_Q);
}

/** Coefficients are multiples of 3. */
export function encodeRounded(f: Int16Array): Uint8Array {
  return encodeSequence(
    // For multiples of 3 up to q, multiplying by 10923/2^15 and truncating gives exactly a third.
    Array.from(f, (coefficient) => ((coefficient + HALF_Q) * 10923) >> 15),
    uniform(ROUNDED_VALUES),
  );
}

export function decodeRounded(bytes: Uint8Array): Int16Array {
  const values = decodeSequence(bytes, uniform(ROUNDED_VALUES));
  return Int16Array.from(values, (value) => 3 * value - HALF_Q);
}

/** The same limit for every coefficient. */
function uniform(limit: number): readonly number[] {
  return Array.from({ length: P }, () => limit);
}

/** Little-endian bytes of `values`, each from 0 to below its limit; pairs become one value each, until one is left. */
function encodeSequence(values: readonly number[], limits: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  let [left, below] = [values, limits];
  while (left.length > 1) {
    const nextValues: number[] = [];
    const nextLimits: number[] = [];
    for (let index = 0; index < left.length - 1; index += 2) {
      let value = left[index]! + left[index + 1]! * below[index]!;
      let limit = below[index]! * below[index + 1]!;
      while (limit >= LIMIT) {
        bytes.push(value & 255);
        value >>= 8;
        limit = (limit + 255) >> 8;
      }
      nextValues.push(value);
      nextLimits.push(limit);
    }
    if (left.length % 2 === 1) {
      nextValues.push(left.at(-1)!);
      nextLimits.push(below.at(-1)!);
    }
    [left, below] = [nextValues, nextLimits];
  }
  for (let [value, limit] = [left[0]!, below[0]!]; limit > 1; limit = (limit + 255) >> 8) {
    bytes.push(value & 255);
    value >>= 8;
  }
  return Uint8Array.from(bytes);
}

/** What is left of a pair that became one value: its low bytes, and the divisor of the value. */
interface Residue {
  readonly value: number;
  readonly radix: number;
}

/** Values below their limits, whatever the bytes are. */
function decodeSequence(bytes: Uint8Array, limits: readonly number[]): readonly number[] {
  let offset = 0;
  const levels: { readonly limits: readonly number[]; readonly residues: readonly Residue[] }[] = [];
  let below = limits;
  while (below.length > 1) {
    const residues: Residue[] = [];
    const next: number[] = [];
    for (let index = 0; index < below.length - 1; index += 2) {
      let [value, radix, limit] = [0, 1, below[index]! * below[index + 1]!];
      while (limit >= LIMIT) {
        value += bytes[offset]! * radix;
        offset += 1;
        radix *= 256;
        limit = (limit + 255) >> 8;
      }
      residues.push({ value, radix });
      next.push(limit);
    }
    if (below.length % 2 === 1) next.push(below.at(-1)!);
    levels.push({ limits: below, residues });
    below = next;
  }
  let last = 0;
  for (let [radix, limit] = [1, below[0]!]; limit > 1; limit = (limit + 255) >> 8) {
    last += bytes[offset]! * radix;
    offset += 1;
    radix *= 256;
  }
  let values: readonly number[] = [remainder(last, below[0]!)];
  for (const level of levels.toReversed()) values = split(values, level.limits, level.residues);
  return values;
}

/** Splits single values into pairs again. */
function split(values: readonly number[], limits: readonly number[], residues: readonly Residue[]): number[] {
  const pairs: number[] = [];
  for (const [index, { value, radix }] of residues.entries()) {
    const whole = value + radix * values[index]!;
    const first = limits[2 * index]!;
    const low = remainder(whole, first);
    pairs.push(low, remainder(Math.round((whole - low) * (1 / first)), limits[2 * index + 1]!));
  }
  if (limits.length % 2 === 1) pairs.push(values.at(-1)!);
  return pairs;
}

/** `x` modulo a public `limit` below 2^14, for `x` below 2^31. Security: multiplies by 1/limit, as `x` may be secret. */
function remainder(x: number, limit: number): number {
  return x - limit * (((x + 0.5) * (1 / limit)) | 0);
}
