/** RFC 4648 §4 and §5: base64 and base64url, by the platform's functions (HTML §8.3). */

/** Base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Decodes padded base64 without white space; undefined if `text` is anything else, or has stray bits set at the end. */
export function decodeBase64(text: string): Uint8Array | undefined {
  try {
    const binary = atob(text);
    // `atob` accepts all of that, and missing padding too.
    return btoa(binary) === text ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : undefined;
  } catch {
    return undefined;
  }
}

/** Base64url without padding, as in JSON Web Keys. */
export function encodeBase64url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Decodes unpadded base64url; undefined if `text` is anything else. */
export function decodeBase64url(text: string): Uint8Array | undefined {
  if (/[^\w-]/.test(text)) return undefined;
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
  return decodeBase64(base64.padEnd(Math.ceil(text.length / 4) * 4, '='));
}
