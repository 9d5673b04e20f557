/** NTRU Prime (round 3) §3.6: random polynomials. */
import { P, W } from './parameters.js';
import { sortInConstantTime } from './sort.js';

export type RandomBytes = (length: number) => Uint8Array;

/** One 32-bit integer, read as little-endian, per coefficient. */
function randomIntegers(random: RandomBytes): Int32Array {
  const { buffer, byteOffset, byteLength } = random(4 * P);
  const view = new DataView(buffer, byteOffset, byteLength);
  return Int32Array.from({ length: P }, (_, index) => view.getInt32(4 * index, true));
}

/** Each coefficient is -1, 0 or 1. */
export function randomSmall(random: RandomBytes): Int8Array {
  return Int8Array.from(randomIntegers(random), (integer) => (((integer & 0x3fff_ffff) * 3) >>> 30) - 1);
}

/** Exactly `W` coefficients are not 0; sorting by random numbers shuffles them. */
export function randomShort(random: RandomBytes): Int8Array {
  const tagged = randomIntegers(random).map((integer, index) => (index < W ? integer & ~1 : (integer & ~3) | 1));
  // The order is that of unsigned numbers.
  const ordered = tagged.map((value) => value ^ (1 << 31));
  sortInConstantTime(ordered);
  return Int8Array.from(ordered, (value) => (value & 3) - 1);
}
