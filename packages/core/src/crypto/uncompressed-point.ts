/** SEC 1 §2.3.3: points of the NIST curves in the only form that SSH sends (RFC 5656 §3.1). */

/** The first byte of such a point; its two coordinates follow. */
export const UNCOMPRESSED_POINT = 0x04;

/** Checks only the form; the provider checks whether the point is on the curve. `fieldLength`: bytes of a coordinate. */
export function isUncompressedPoint({ fieldLength }: { readonly fieldLength: number }, point: Uint8Array): boolean {
  return point.length === 1 + 2 * fieldLength && point[0] === UNCOMPRESSED_POINT;
}
