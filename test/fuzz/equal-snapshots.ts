/** Whether two snapshots say the same about a connection, apart from what counts them and what the clock moves. */
import type { SnapshotContent } from '../../packages/core/src/engine/snapshot.js';
import { equal } from './bytes.js';

const MOVES = ['generation', 'takenAt', 'keysAge'];

/** @returns the path of the first difference; anything below `ignored` names does not count */
export function equalSnapshots(
  a: SnapshotContent,
  b: SnapshotContent,
  ignored: readonly string[] = [],
): string | undefined {
  return difference(a, b, '', new Set([...MOVES, ...ignored]));
}

function difference(a: unknown, b: unknown, path: string, ignored: ReadonlySet<string>): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return equal(a, b) ? undefined : path;
  // No connection could have written a count so high that a number does not hold it exactly.
  if (typeof a === 'bigint' && a > Number.MAX_SAFE_INTEGER) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  if (left.length !== right.size || names.size !== right.size) return path;
  for (const [name, value] of left) {
    const found = ignored.has(name) ? undefined : difference(value, right.get(name), `${path}.${name}`, ignored);
    if (found !== undefined) return found.replace(/\.\d+\b/g, '[]');
  }
  return undefined;
}
