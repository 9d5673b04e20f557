/** `@nacre/core/zlib`: compression (RFC 4253 §6.2, OpenSSH's PROTOCOL §1.2), for `rows` of the option `algorithms`. */
import type { AlgorithmTables } from '../algorithms/algorithm.js';
import { createCompressor } from './deflate.js';
import { createDecompressor } from './inflate.js';

const functions = { compressor: createCompressor, decompressor: createDecompressor };

/**
 * Offered if a list names it: `{ rows: [zlib], compressions: '^zlib@openssh.com' }`. A connection that compresses
 * cannot be snapshotted, so it cannot hibernate.
 *
 * Security: the length of compressed data reveals its content. `zlib@openssh.com` starts once the peer has
 * authenticated, so that strangers cannot exploit it.
 */
export const zlib = {
  compressions: {
    'zlib@openssh.com': { begins: 'after-authentication', ...functions },
    zlib: { begins: 'with-keys', ...functions },
  },
} as const satisfies Partial<AlgorithmTables>;
