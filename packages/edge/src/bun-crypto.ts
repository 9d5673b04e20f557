/** The provider for Bun: its `node:crypto`, except what BoringSSL lacks. */
import type { SynchronousProvider } from '@nacre/core/crypto';
import { modularPower } from '@nacre/core/noble/modular-power';
import { chacha20 } from '@nacre/core/wasm/chacha20-poly1305';
import { nodeCrypto } from './node-crypto.js';

/** Bun has no ChaCha20 without a tag, and spends seconds proving the prime of a Diffie-Hellman group before it uses it. */
export const bunCrypto: SynchronousProvider = {
  ...nodeCrypto,
  name: 'node:crypto on Bun',
  algorithms: {
    // With Bun's BigInt, one power takes from 0.4 s (group 14) to half a minute (group 18).
    keyExchanges: '-diffie-hellman-*',
    // ChaCha20 in WebAssembly has a fifth of the speed of AES.
    ciphers: '^aes*-gcm@openssh.com,aes*-ctr',
  },
  chacha20,
  modularPower,
};
