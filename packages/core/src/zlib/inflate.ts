/** RFC 4253 §6.2, RFC 1950: decompresses payloads, with limits, each to its end. */
import { Z_BLOCK, Z_BUF_ERROR, Z_OK, ZStream, zlibInflate, zlibInflateInit } from 'pako';
import type { Decompressor } from '../algorithms/algorithm.js';
import { CompressionError } from '../errors.js';

/** The output buffer grows by doubling, from this many bytes on. */
const LEAST_ROOM = 1024;
/** Security: an empty block takes 10 bits, so a packet could contain 200,000. Peers send a handful. */
const MAXIMUM_BLOCKS = 1024;
/** zlib's `data_type` between two blocks. */
const BETWEEN_BLOCKS = 128;

export function createDecompressor(): Decompressor {
  const stream = new ZStream();
  zlibInflateInit(stream);
  return { decompress: (payload, maximum) => decompress(stream, payload, maximum) };
}

/**
 * Proceeds block by block, to see whether the payload ends with one. The peer flushes each payload (RFC 4253 §6.2): the
 * next block may have begun after it, but has no content yet.
 */
function decompress(stream: ZStream, payload: Uint8Array, maximum: number): Uint8Array {
  stream.input = payload;
  stream.next_in = 0;
  stream.avail_in = payload.length;
  stream.output = new Uint8Array(Math.min(maximum + 1, Math.max(LEAST_ROOM, payload.length * 2)));
  stream.next_out = 0;
  stream.avail_out = stream.output.length;
  let whole = 0;
  for (let blocks = 0; blocks < MAXIMUM_BLOCKS;) {
    const status = zlibInflate(stream, Z_BLOCK);
    if ((status !== Z_OK && status !== Z_BUF_ERROR) || stream.next_out > maximum) break;
    if ((stream.data_type & BETWEEN_BLOCKS) !== 0) {
      whole = stream.next_out;
      blocks += 1;
    } else if (stream.avail_out === 0) {
      enlarge(stream, maximum + 1);
    } else {
      if (whole === 0 || whole < stream.next_out) break;
      return stream.output.subarray(0, whole);
    }
  }
  throw new CompressionError('a payload cannot be decompressed');
}

function enlarge(stream: ZStream, most: number): void {
  const output = new Uint8Array(Math.min(most, stream.output.length * 2));
  output.set(stream.output);
  stream.output = output;
  stream.avail_out = output.length - stream.next_out;
}
