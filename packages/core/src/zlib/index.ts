/** `@nacre/core/zlib`: compression (RFC 4253 §6.2, OpenSSH's PROTOCOL §1.2), for `rows` of the `algorithms` option. */
import type { AlgorithmTables } from '../algorithms/algorithm.js';
import { createCompressor } from './deflate.js';
import { createDecompressor } from './inflate.js';

const functions = { compressor: createCompressor, decompressor: createDecompressor };

/**
 * Offered where a list names it: `{ rows: [zlib], compressions: '^zlib@openssh.com' }`. A connection that compresses cannot
 * be written down, so it cannot hibernate.
 *
 * Security: what is compressed tells its content by its length. `zlib@openssh.com` begins once the peer has authenticated,
 * so that strangers cannot get at it.
 */
export const zlib = {
  compressions: {
    'zlib@openssh.com': { begins: 'after-authentication', ...functions },
    zlib: { begins: 'with-keys', ...functions },
  },
} as const satisfies Partial<AlgorithmTables>;
