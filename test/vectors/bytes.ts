/** Bytes as vectors write them, for every runtime. */

/** White space between digits is for the eye. */
export function hex(digits: string): Uint8Array {
  const even = digits.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(even)) throw new Error(`not hexadecimal: ${digits}`);
  return Uint8Array.from(even.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

export function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
