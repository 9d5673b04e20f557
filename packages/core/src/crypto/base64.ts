/** RFC 4648 §4 and §5: base64 and base64url. */

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64URL = `${BASE64.slice(0, 62)}-_`;

function valuesOf(alphabet: string): ReadonlyMap<string, number> {
  return new Map(Array.from(alphabet, (character, value) => [character, value]));
}
const base64Values = valuesOf(BASE64);
const base64urlValues = valuesOf(BASE64URL);

function encode(bytes: Uint8Array, alphabet: string): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const group = (bytes[index]! << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text += alphabet[group >> 18]! + alphabet[(group >> 12) & 63]!;
    if (left > 1) text += alphabet[(group >> 6) & 63]!;
    if (left > 2) text += alphabet[group & 63]!;
  }
  return text;
}

/** Undefined where `text` has another character, an impossible length or bits set that no byte takes up. */
function decode(text: string, values: ReadonlyMap<string, number>): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array((text.length * 3) >> 2);
  let bits = 0;
  let held = 0;
  let written = 0;
  for (const character of text) {
    const value = values.get(character);
    if (value === undefined) return undefined;
    held = (held << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[written++] = held >> bits;
      held &= (1 << bits) - 1;
    }
  }
  return held === 0 ? bytes : undefined;
}

/** Base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const text = encode(bytes, BASE64);
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** Bytes of padded base64 without white space; undefined where `text` is anything else. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  return decode(text.replace(/={1,2}$/, ''), base64Values);
}

/** Base64url without padding, as JSON Web Keys have it. */
export function encodeBase64url(bytes: Uint8Array): string {
  return encode(bytes, BASE64URL);
}

/** Bytes of unpadded base64url; undefined where `text` is anything else. */
export function decodeBase64url(text: string): Uint8Array | undefined {
  return decode(text, base64urlValues);
}
