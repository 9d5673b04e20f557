/** Bun: TCP by its `node:net`, WebSocket by `@nacre/edge/node-web-socket`, and the algorithms that suit it. */
import type { AlgorithmOptions } from '@nacre/core';

export {
  connectTcp,
  forwarding,
  fromNodeStream,
  fromSocket,
  listen,
  type ForwardingOptions,
  type Listener,
  type ListenOptions,
} from './node.js';

/**
 * AES first: Bun has ChaCha20 in WebAssembly only, at a fifth of the speed. Nothing over the integers modulo a prime: there one
 * power takes its BigInt from 0.4 s (group 14) to half a minute (group 18).
 */
export const bunAlgorithms: AlgorithmOptions = {
  keyExchanges: '-diffie-hellman-*',
  ciphers: '^aes*-gcm@openssh.com,aes*-ctr',
};
