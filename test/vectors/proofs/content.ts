/** The content with which properties are tested. */
import * as fc from 'fast-check';

export const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

/** The edges of cipher and hash blocks, and of the largest packet before authentication. */
const EDGES = [0, 1, 15, 16, 17, 31, 32, 33, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 255, 256, 257, 35_000];
const contentLength = fc.oneof(fc.constantFrom(...EDGES), fc.nat(1000));

/** Any content of a length, made from a seed: thousands of single bytes would be slow. */
export const content: fc.Arbitrary<Uint8Array> = fc.tuple(contentLength, fc.nat()).map(([length, seed]) => {
  let state = seed | 1;
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    bytes[index] = state >>> 24;
  }
  return bytes;
});

/** At an odd offset of a larger buffer, as a packet in a chunk. */
export function misaligned(whole: Uint8Array): Uint8Array {
  const view = new Uint8Array(whole.length + 1).subarray(1);
  view.set(whole);
  return view;
}
