/** Equality of byte arrays: vitest walks through them as through any object, which takes a second for a few megabytes. */
export function areEqualBytes(left: unknown, right: unknown): boolean | undefined {
  if (!(left instanceof Uint8Array && right instanceof Uint8Array)) return undefined;
  // A Buffer is not one of our plain arrays, and vitest says so.
  return left.constructor === right.constructor ? Buffer.compare(left, right) === 0 : undefined;
}
