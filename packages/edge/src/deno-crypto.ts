/** The provider for Deno: its `node:crypto`, but for AES-GCM. */
import type { SynchronousProvider } from '@nacre/core/crypto';
import { webCryptoAesGcm } from '@nacre/core/web-crypto/aes-gcm';
import { nodeCrypto } from './node-crypto.js';

export const denoCrypto: SynchronousProvider = {
  ...nodeCrypto,
  name: 'node:crypto and WebCrypto on Deno',
  // In batches and on threads of the runtime's: in `node:crypto` a packet's cipher object costs more than the packet.
  batchedAesGcm: (key) => webCryptoAesGcm(crypto.subtle, key),
};
