/** Converts any kind of byte array to a plain one. */

/**
 * A view that is exactly a Uint8Array. Interop: Node's streams deliver Buffers, whose `slice` is a view; everyone
 * else's is a copy.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
