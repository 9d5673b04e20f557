/** NTRU Prime (round 3) §3.1: the parameters of sntrup761, and arithmetic modulo 3 and q without branches or divisions. */

/** Number of coefficients of a polynomial: the ring is Z[x] / (x^761 - x - 1). */
export const P = 761;
/** The modulus of public keys and ciphertexts. */
export const Q = 4591;
/** Number of coefficients of a short polynomial that are not 0; each is 1 or -1. */
export const W = 286;

/** Elements of Z/q are represented as -2295 to 2295. */
export const HALF_Q = (Q - 1) / 2;

/** Lengths in bytes. */
export const HASH_LENGTH = 32;
export const SMALL_LENGTH = Math.ceil(P / 4);
export const PUBLIC_KEY_LENGTH = 1158;
export const ROUNDED_LENGTH = 1007;
export const CIPHERTEXT_LENGTH = ROUNDED_LENGTH + HASH_LENGTH;
export const SECRET_KEY_LENGTH = 2 * SMALL_LENGTH + PUBLIC_KEY_LENGTH + SMALL_LENGTH + HASH_LENGTH;

/** Makes quotients positive, so that truncation rounds down. */
const OFFSET = 2 ** 20;

/*
 * Security: x / m is computed as a product and rounded by adding a half, not by a division, whose time would depend on
 * x. The distance of (x + m/2) / m from the next integer above is at least 1/(2m) for odd m, far more than the rounding
 * errors of doubles.
 */

/** `x` modulo an odd `m`, as -(m-1)/2 to (m-1)/2, given 1/m; `x` is an integer whose quotient is below 2^20 in magnitude. */
export function modulo(x: number, m: number, inverse: number): number {
  const quotient = ((x * inverse + (OFFSET + 0.5)) | 0) - OFFSET;
  return (x - Math.imul(m, quotient)) | 0;
}

/** `x` modulo q, as -2295 to 2295. */
export function moduloQ(x: number): number {
  return modulo(x, Q, 1 / Q);
}

/** `x` modulo 3, as -1 to 1. */
export function modulo3(x: number): number {
  return modulo(x, 3, 1 / 3);
}

/** All ones if `x` is not 0, else 0; `x` is an integer below 2^31 in magnitude. */
export function nonZeroMask(x: number): number {
  return (x | -x) >> 31;
}
