/** RFC 4253 §7.1: what a browser offers. */
import { ciphers, type CipherAlgorithm } from '@nacre/core';

/** WebCrypto cannot do it, and every client that was tried has AES as well; put the row back to offer it. */
const SLOW_CIPHERS: ReadonlySet<string> = new Set(['chacha20-poly1305@openssh.com']);

/**
 * For `algorithms` of `createServer` and `connect`. The offer is a constant, because it leaves before the peer's is known:
 * waiting would cost a round trip.
 */
export const browserAlgorithms: { readonly ciphers: Readonly<Record<string, CipherAlgorithm>> } = {
  ciphers: Object.fromEntries(Object.entries(ciphers).filter(([name]) => !SLOW_CIPHERS.has(name))),
};
