/** Makes an input smaller for as long as it shows the same finding. */
import { judge } from './judge.js';
import type { Target } from './target.js';

/** @returns the smallest input found within `milliseconds` */
export async function minimise(
  target: Target,
  input: Uint8Array,
  kind: string,
  milliseconds: number,
): Promise<Uint8Array> {
  const end = performance.now() + milliseconds;
  let smallest = input;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const candidate of target.shape.smaller(smallest)) {
      if (performance.now() > end) return smallest;
      if (candidate.length > smallest.length) continue;
      if ((await judge(target, candidate))?.kind !== kind) continue;
      smallest = candidate.slice();
      isSmaller = true;
      break;
    }
  }
  return smallest;
}
