/** NTRU Prime (round 3) §3.2: arithmetic in R/3, polynomials of 761 coefficients from -1 to 1 modulo x^761 - x - 1. */
import { invert } from './division-steps.js';
import { modulo3, P } from './parameters.js';
import { multiply } from './product.js';

export function multiplySmall(f: Int8Array, g: Int8Array): Int8Array {
  return Int8Array.from(multiply(f, g), modulo3);
}

/** An element of R/q reduced modulo 3. */
export function toRing3(f: Int16Array): Int8Array {
  return Int8Array.from(f, modulo3);
}

/** 1/`f`; undefined if it does not exist. */
export function invertSmall(f: Int8Array): Int8Array | undefined {
  const { scaled, scale, exists } = invert(f, 1, 3);
  return exists ? Int8Array.from({ length: P }, (_, index) => scale * scaled[index]!) : undefined;
}
