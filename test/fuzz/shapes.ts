/** Inputs that are bytes or text, and how they shrink. */
import { concatenate, splice } from './bytes.js';
import { MAXIMUM_INPUT, mutateBytes } from './mutate.js';
import type { Shape } from './target.js';

/** The bytes without ever smaller pieces of them, then with bytes set to zero. */
export function* smallerBytes(input: Uint8Array): Iterable<Uint8Array> {
  for (let length = input.length; length >= 1; length = length >> 1) {
    for (let start = 0; start < input.length; start += length) {
      yield splice(input, start, Math.min(input.length, start + length), new Uint8Array(0));
    }
  }
  for (let index = 0; index < input.length; index += 1) {
    if (input[index] !== 0) yield splice(input, index, index + 1, Uint8Array.of(0));
  }
}

export const bytesShape: Shape = {
  mutate: mutateBytes,
  join: (a, b, random) =>
    concatenate(a.subarray(0, random.below(a.length + 1)), b.subarray(random.below(b.length + 1))).slice(
      0,
      MAXIMUM_INPUT,
    ),
  smaller: smallerBytes,
};
