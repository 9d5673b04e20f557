/** RFC 4253 §7.1: what a browser offers. */
import type { AlgorithmOptions } from '@nacre/core';

/**
 * For `algorithms` of `createServer` and `connect`. WebCrypto has no ChaCha20, WebAssembly's takes the thread that AES-GCM
 * leaves free, and every client that was tried has AES as well. The offer is a constant, because it leaves before the peer's is known: waiting would cost a round trip.
 */
export const browserAlgorithms: AlgorithmOptions = { ciphers: '-chacha20-poly1305@openssh.com' };
