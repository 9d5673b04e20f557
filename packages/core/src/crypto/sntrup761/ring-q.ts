/** NTRU Prime (round 3) §3.3: arithmetic in R/q, polynomials of 761 coefficients from -2295 to 2295 modulo x^761 - x - 1. */
import { invert } from './division-steps.js';
import { modulo3, moduloQ, Q } from './parameters.js';
import { multiply } from './product.js';

/** 1/3 modulo q. */
const THIRD = -1530;

export function multiplyBySmall(f: Int16Array, small: Int8Array): Int16Array {
  return Int16Array.from(multiply(f, small), moduloQ);
}

export function multiplyByThree(f: Int16Array): Int16Array {
  return f.map((coefficient) => moduloQ(3 * coefficient));
}

/** Rounds each coefficient to the nearest multiple of 3. */
export function round(f: Int16Array): Int16Array {
  return f.map((coefficient) => coefficient - modulo3(coefficient));
}

/** 1/(3 `f`). x^761 - x - 1 is irreducible modulo q, so every non-zero element has an inverse. */
export function invertThrice(f: Int8Array): Int16Array {
  const { scaled, scale } = invert(f, THIRD, Q);
  const factor = invertModuloQ(scale);
  return scaled.map((coefficient) => moduloQ(factor * coefficient));
}

/** 1/a modulo q, as a^(q-2). */
function invertModuloQ(a: number): number {
  let power = 1;
  for (let bit = 12; bit >= 0; bit -= 1) {
    power = moduloQ(power * power);
    if ((((Q - 2) >> bit) & 1) === 1) power = moduloQ(power * a);
  }
  return power;
}
