/** SEC 1 §2.3.3: points of the NIST curves in the one form that SSH sends (RFC 5656 §3.1). */

/** What such a point begins with; its two coordinates follow. */
export const UNCOMPRESSED_POINT = 0x04;

/** By its form: whether it lies on the curve is for the provider to see. `fieldLength` is that of a coordinate in bytes. */
export function isUncompressedPoint({ fieldLength }: { readonly fieldLength: number }, point: Uint8Array): boolean {
  return point.length === 1 + 2 * fieldLength && point[0] === UNCOMPRESSED_POINT;
}
