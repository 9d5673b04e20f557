/** The notation of the case descriptions as functions: `str(x)` is a length and bytes (RFC 4251 §5). */

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function str(value: Uint8Array | string): Uint8Array {
  const content = typeof value === 'string' ? bytes(value) : value;
  return concat(uint32(content.length), content);
}

export function hex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** A non-negative integer, given big-endian, as an `mpint`. */
export function mpint(magnitude: Uint8Array): Uint8Array {
  const first = magnitude.findIndex((byte) => byte !== 0);
  const minimal = first < 0 ? new Uint8Array(0) : magnitude.subarray(first);
  return str((minimal[0] ?? 0) >= 0x80 ? concat([0], minimal) : minimal);
}

export function readUint32(from: Uint8Array, offset: number): number {
  return new DataView(from.buffer, from.byteOffset, from.byteLength).getUint32(offset);
}

/** Reads `count` consecutive strings from `from`. */
export function readStrings(from: Uint8Array, count: number, offset = 0): Uint8Array[] {
  const strings: Uint8Array[] = [];
  for (let at = offset; strings.length < count; at += 4 + readUint32(from, at)) {
    strings.push(from.slice(at + 4, at + 4 + readUint32(from, at)));
  }
  return strings;
}
