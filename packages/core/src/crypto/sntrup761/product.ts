/** NTRU Prime (round 3) §3.2: products modulo x^761 - x - 1, before their coefficients are reduced. */
import { P } from './parameters.js';

/** Security: every pair of coefficients is multiplied, zeros too, so that the time does not reveal their positions. */
export function multiply(f: Int8Array | Int16Array, small: Int8Array): Int32Array {
  const product = new Int32Array(2 * P - 1);
  for (let i = 0; i < P; i += 1) {
    const factor = small[i]!;
    for (let j = 0; j < P; j += 1) product[i + j] = (product[i + j]! + Math.imul(factor, f[j]!)) | 0;
  }
  for (let index = 2 * P - 2; index >= P; index -= 1) {
    const carried = product[index]!;
    product[index - P] = product[index - P]! + carried;
    product[index - P + 1] = product[index - P + 1]! + carried;
  }
  return product.subarray(0, P);
}
