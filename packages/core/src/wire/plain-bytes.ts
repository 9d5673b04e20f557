/** Bytes of any make as plain ones. */

/**
 * A view that is a Uint8Array and nothing more. Interop: Node's streams deliver Buffers, whose `slice` is a view where
 * everyone else's is a copy.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
