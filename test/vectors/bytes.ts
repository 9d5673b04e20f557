/** Bytes as vectors write them, for every runtime. */
export { bytes as ascii, concat as concatenate } from '../attacks/bytes.js';

/** White space between digits is for the eye. */
export function hex(digits: string): Uint8Array {
  const even = digits.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(even)) throw new Error(`not hexadecimal: ${digits}`);
  return Uint8Array.from(even.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
