/** RFC 8017 §4: integers as big-endian bytes, and back. */

export function toInteger(bytes: Uint8Array): bigint {
  let digits = '0x0';
  for (const byte of bytes) digits += byte.toString(16).padStart(2, '0');
  return BigInt(digits);
}

/** A non-negative integer in exactly `length` bytes; by default in as few as possible. */
export function toBytes(value: bigint, length?: number): Uint8Array {
  const digits = value.toString(16);
  const bytes = length ?? Math.ceil(digits.length / 2);
  const padded = digits.padStart(2 * bytes, '0');
  return Uint8Array.from({ length: bytes }, (_, index) => Number.parseInt(padded.slice(2 * index, 2 * index + 2), 16));
}
