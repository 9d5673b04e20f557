/** Sorting in constant time: Batcher's merge exchange (Knuth, The Art of Computer Programming, §5.2.2, Algorithm M). */

/** Sorts signed 32-bit integers in place. Which elements are compared depends only on the length. */
export function sortInConstantTime(values: Int32Array): void {
  let top = 1;
  while (top * 2 < values.length) top *= 2;
  for (let span = top; span > 0; span >>= 1) {
    exchangePairs(values, span, span, 0);
    for (let reach = top; reach > span; reach >>= 1) exchangePairs(values, reach - span, span, span);
  }
}

/** Orders each pair of values `distance` apart for which bit `span` of the first index equals `phase`. */
function exchangePairs(values: Int32Array, distance: number, span: number, phase: number): void {
  const end = values.length - distance;
  for (let index = 0; index < end; index += 1) {
    if ((index & span) !== phase) continue;
    const a = values[index]!;
    const b = values[index + distance]!;
    // Security: all ones if b < a, even if b - a overflows; no branch reveals which it was.
    const difference = (b - a) | 0;
    const mask = (difference ^ ((a ^ b) & (difference ^ b))) >> 31;
    const swap = (a ^ b) & mask;
    values[index] = a ^ swap;
    values[index + distance] = b ^ swap;
  }
}
