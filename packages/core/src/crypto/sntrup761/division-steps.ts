/**
 * NTRU Prime (round 3) §3.2 and §3.3: inverses modulo x^761 - x - 1 in constant time, by division steps (Bernstein and Yang,
 * "Fast constant-time gcd computation and modular inversion", §5).
 */
import { modulo, nonZeroMask, P } from './parameters.js';

const STEPS = 2 * P - 1;

/** The quotient `multiple` / `input`, up to a factor: `multiple` · `scaled` / `input` is `scale` times it. */
export interface Inverse {
  readonly scaled: Int16Array;
  readonly scale: number;
  /** False if `input` and the modulus have a common factor. */
  readonly exists: boolean;
}

/** Two polynomials on which each step acts alike. */
interface Pair {
  readonly first: Int16Array;
  readonly second: Int16Array;
}

/** What one step does to its pairs. */
interface Step {
  /** All ones if the first polynomial becomes what the second was, else 0. */
  readonly swap: number;
  /** The second becomes `ofFirst` times the first plus `ofSecond` times itself, both as they were, modulo `m`. */
  readonly ofFirst: number;
  readonly ofSecond: number;
  readonly m: number;
}

/** 1/(`input` · 1/`start`) modulo the prime `m`, if it exists. */
export function invert(input: Int8Array, start: number, m: number): Inverse {
  // Coefficients are in reverse order.
  const remainders: Pair = { first: new Int16Array(P + 1), second: new Int16Array(P + 1) };
  remainders.first[0] = 1;
  remainders.first[P - 1] = -1;
  remainders.first[P] = -1;
  for (let index = 0; index < P; index += 1) remainders.second[P - 1 - index] = input[index]!;
  const cofactors: Pair = { first: new Int16Array(P + 1), second: new Int16Array(P + 1) };
  cofactors.second[0] = start;
  let delta = 1;
  for (let index = 0; index < STEPS; index += 1) {
    const f = remainders.first[0]!;
    const g = remainders.second[0]!;
    const swap = (-delta >> 31) & nonZeroMask(g);
    delta = (delta ^ (swap & (delta ^ -delta))) + 1;
    // g becomes f(0) g - g(0) f, with the sign reversed if they were swapped.
    const sign = 1 + 2 * swap;
    const step: Step = { swap, ofFirst: -g * sign, ofSecond: f * sign, m };
    // Coefficients beyond these either no longer matter, or are still 0.
    reduce(remainders, step, Math.min(P, STEPS - 1 - index));
    extend(cofactors, step, Math.min(P, index + 1));
  }
  const scaled = cofactors.first.subarray(0, P).toReversed();
  return { scaled, scale: remainders.first[0]!, exists: delta === 0 };
}

/** One step; the second polynomial, whose constant has become 0, is divided by x. */
function reduce({ first, second }: Pair, { swap, ofFirst, ofSecond, m }: Step, last: number): void {
  const inverse = 1 / m;
  first[0] = first[0]! ^ (swap & (first[0]! ^ second[0]!));
  for (let index = 1; index <= last; index += 1) {
    const a = first[index]!;
    const b = second[index]!;
    first[index] = a ^ (swap & (a ^ b));
    second[index - 1] = modulo((Math.imul(ofFirst, a) + Math.imul(ofSecond, b)) | 0, m, inverse);
  }
  second[last] = 0;
}

/** One step; the first polynomial is multiplied by x beforehand. */
function extend({ first, second }: Pair, { swap, ofFirst, ofSecond, m }: Step, last: number): void {
  const inverse = 1 / m;
  let a = 0;
  for (let index = 0; index <= last; index += 1) {
    const next = first[index]!;
    const b = second[index]!;
    first[index] = a ^ (swap & (a ^ b));
    second[index] = modulo((Math.imul(ofFirst, a) + Math.imul(ofSecond, b)) | 0, m, inverse);
    a = next;
  }
}
