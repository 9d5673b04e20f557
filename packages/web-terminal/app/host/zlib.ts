/** RFC 1952: replaces the part of `node:zlib` that the demo's shell uses, as browsers lack it. */
import { Inflate, gzip } from 'pako';

interface Options {
  readonly level?: number;
  /** In bytes. */
  readonly maxOutputLength?: number;
}

export const constants = {
  Z_BEST_SPEED: 1,
  Z_BEST_COMPRESSION: 9,
  Z_DEFAULT_COMPRESSION: -1,
} as const;

export function gzipSync(bytes: Uint8Array, { level = -1, maxOutputLength = Infinity }: Options = {}): Uint8Array {
  const result = gzip(bytes, { level });
  assertFits(result.length, maxOutputLength);
  return result;
}

/** Security: a small file can inflate to a very large one, so the bound is checked as the output grows. */
export function gunzipSync(bytes: Uint8Array, { maxOutputLength = Infinity }: Options = {}): Uint8Array {
  const inflate = new Inflate();
  let length = 0;
  const keep = inflate.onData.bind(inflate);
  inflate.onData = (chunk) => {
    length += chunk.length;
    assertFits(length, maxOutputLength);
    keep(chunk);
  };
  inflate.push(bytes, true);
  if (inflate.err !== 0 || !(inflate.result instanceof Uint8Array))
    throw new Error(inflate.msg || 'unexpected end of file');
  return inflate.result;
}

function assertFits(length: number, limit: number): void {
  if (length > limit) throw new RangeError(`the output is larger than ${limit} bytes`);
}
