/** The provider for workerd with `nodejs_compat`: `node:crypto`, except what it lacks there. */
import type { SynchronousProvider } from '@nacre/core/crypto';
import { chacha20, poly1305 } from '@nacre/core/noble/chacha20-poly1305';
import { x25519 } from '@nacre/core/noble/curve25519';
import { mlkem768 } from '@nacre/core/noble/ml-kem-768';
import { modularPower } from '@nacre/core/noble/modular-power';
import { webCryptoAesGcm } from '@nacre/core/web-crypto/aes-gcm';
import { nodeCrypto } from './node-crypto.js';

/** Frees memory at once that nobody reads any more, or the collector has to. */
const release = (memory: ArrayBuffer & { transfer?(length: number): ArrayBuffer }): void => {
  memory.transfer?.(0);
};

/**
 * It makes no WebAssembly out of bytes, and has no ChaCha20. Interop: releases of October 2026 derive nothing from an X25519
 * public key that was imported, later ones do; and they prove the prime of a Diffie-Hellman group before they use it, for
 * minutes.
 */
export const workersCrypto: SynchronousProvider = {
  ...nodeCrypto,
  name: 'node:crypto on workerd',
  algorithms: { ciphers: '-chacha20-poly1305@openssh.com' },
  // A third of the CPU time that `node:crypto` takes there.
  batchedAesGcm: (key) => webCryptoAesGcm(crypto.subtle, key, release),
  chacha20,
  poly1305,
  // A Worker is one file: there is nothing to load later.
  mlkem768,
  modularPower,
  x25519,
};
