/** The provider for Bun: its `node:crypto`, except what BoringSSL lacks. */
import type { SynchronousProvider } from '@nacre/core/crypto';
import { modularPower } from '@nacre/core/noble/modular-power';
import { chacha20 } from '@nacre/core/wasm/chacha20-poly1305';
import { nodeCrypto } from './node-crypto.js';

/** It has no ChaCha20 without a tag, and proves the prime of a Diffie-Hellman group, for seconds, before it uses it. */
export const bunCrypto: SynchronousProvider = {
  ...nodeCrypto,
  name: 'node:crypto on Bun',
  algorithms: {
    // One power takes its BigInt from 0.4 s (group 14) to half a minute (group 18).
    keyExchanges: '-diffie-hellman-*',
    // In WebAssembly, ChaCha20 has a fifth of the speed of AES.
    ciphers: '^aes*-gcm@openssh.com,aes*-ctr',
  },
  chacha20,
  modularPower,
};
