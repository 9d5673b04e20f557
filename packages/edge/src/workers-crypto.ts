/** The provider for workerd with `nodejs_compat`: `node:crypto`, except what it lacks there. */
import type { SynchronousProvider } from '@nacre/core/crypto';
import { chacha20, poly1305 } from '@nacre/core/noble/chacha20-poly1305';
import { x25519 } from '@nacre/core/noble/curve25519';
import { mlkem768 } from '@nacre/core/noble/ml-kem-768';
import { modularPower } from '@nacre/core/noble/modular-power';
import { webCryptoAesGcm } from '@nacre/core/web-crypto/aes-gcm';
import { nodeCrypto } from './node-crypto.js';

/** Frees memory that is no longer read at once, instead of leaving it to the garbage collector. */
const release = (memory: ArrayBuffer & { transfer?(length: number): ArrayBuffer }): void => {
  memory.transfer?.(0);
};

/**
 * workerd compiles no WebAssembly from bytes, and has no ChaCha20. Interop: its releases of October 2026 cannot derive a secret
 * from an imported X25519 public key; later ones can. They also test the prime of a Diffie-Hellman group before each use, which
 * takes minutes.
 */
export const workersCrypto: SynchronousProvider = {
  ...nodeCrypto,
  name: 'node:crypto on workerd',
  algorithms: { ciphers: '-chacha20-poly1305@openssh.com' },
  // Takes a third of the CPU time of `node:crypto` there, on the same thread.
  batchedAesGcm: (key) => ({ ...webCryptoAesGcm(crypto.subtle, key, { release }), sealsInTurn: true }),
  chacha20,
  poly1305,
  // A Worker is one file: there is nothing to load later.
  mlkem768,
  modularPower,
  x25519,
};
