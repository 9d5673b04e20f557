/** RFC 4253 §6.2, RFC 1950: compresses payloads, flushing after each. */
import { Z_PARTIAL_FLUSH, ZStream, zlibDeflate, zlibDeflateInit } from 'pako';
import type { Compressor } from '../algorithms/algorithm.js';
import { concatenate } from '../wire/concatenate.js';

/** The default of zlib and OpenSSH. */
const LEVEL = 6;
/** How much an incompressible payload may grow: a stored block for each 16 KiB, header, flush. */
const LEAST_ROOM = 64;

export function createCompressor(): Compressor {
  const stream = new ZStream();
  zlibDeflateInit(stream, LEVEL);
  return { compress: (payload) => compress(stream, payload) };
}

function compress(stream: ZStream, payload: Uint8Array): Uint8Array {
  stream.input = payload;
  stream.next_in = 0;
  stream.avail_in = payload.length;
  const parts: Uint8Array[] = [];
  do {
    stream.output = new Uint8Array(payload.length + LEAST_ROOM);
    stream.next_out = 0;
    stream.avail_out = stream.output.length;
    zlibDeflate(stream, Z_PARTIAL_FLUSH);
    parts.push(stream.output.subarray(0, stream.next_out));
  } while (stream.avail_out === 0);
  return concatenate(parts);
}
