/** Sorting in constant time: Batcher's merge exchange (Knuth, The Art of Computer Programming, §5.2.2, Algorithm M). */

/** Sorts signed 32-bit integers in place. What is compared with what depends on the length only. */
export function sortInConstantTime(values: Int32Array): void {
  let top = 1;
  while (top * 2 < values.length) top *= 2;
  for (let span = top; span > 0; span >>= 1) {
    exchangePairs(values, span, span, 0);
    for (let reach = top; reach > span; reach >>= 1) exchangePairs(values, reach - span, span, span);
  }
}

/** Puts each two values that lie `distance` apart in order, where bit `span` of the first one's index is as in `phase`. */
function exchangePairs(values: Int32Array, distance: number, span: number, phase: number): void {
  const end = values.length - distance;
  for (let index = 0; index < end; index += 1) {
    if ((index & span) !== phase) continue;
    const a = values[index]!;
    const b = values[index + distance]!;
    // Security: all ones where b < a, also where b - a overflows; no branch tells which it was.
    const difference = (b - a) | 0;
    const mask = (difference ^ ((a ^ b) & (difference ^ b))) >> 31;
    const swap = (a ^ b) & mask;
    values[index] = a ^ swap;
    values[index + distance] = b ^ swap;
  }
}
