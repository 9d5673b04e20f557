/** Bytes joined, spliced and compared. */
import { concat } from '../attacks/bytes.js';

export { concat as concatenate, str as string, uint32 } from '../attacks/bytes.js';

export function splice(bytes: Uint8Array, start: number, end: number, replacement: Uint8Array): Uint8Array {
  return concat(bytes.subarray(0, start), replacement, bytes.subarray(end));
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
