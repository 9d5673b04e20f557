/** Buffers as plain Uint8Arrays: `slice` of a Buffer is a view, of a Uint8Array a copy. */

export function plainBytes({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

export function base64url({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('base64url');
}

export function fromBase64url(text: string | undefined): Uint8Array {
  if (text === undefined) throw new TypeError('a generated key lacks a member');
  return plainBytes(Buffer.from(text, 'base64url'));
}
