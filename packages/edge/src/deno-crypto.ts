/** The provider for Deno: its `node:crypto`, but for AES-GCM and for the curve that it lacks. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { webCryptoAesGcm } from '@nacre/core/web-crypto/aes-gcm';
import { webCryptoEcdh, webCryptoEcdsa } from '@nacre/core/web-crypto/nist-curves';
import { nodeCrypto } from './node-crypto.js';

export const denoCrypto: CryptoProvider = {
  ...nodeCrypto,
  name: 'node:crypto and WebCrypto on Deno',
  // It takes half the CPU time of AES, in whatever form.
  algorithms: { ciphers: '^chacha20-poly1305@openssh.com' },
  // In batches and on threads of the runtime's: in `node:crypto` a packet's cipher object costs more than the packet.
  batchedAesGcm: (key) => webCryptoAesGcm(crypto.subtle, key),
  // Interop: to the `node:crypto` of Deno 2.9, P-521 is an invalid curve.
  ecdh: { ...nodeCrypto.ecdh, nistp521: webCryptoEcdh.nistp521 },
  ecdsa: { ...nodeCrypto.ecdsa, nistp521: webCryptoEcdsa.nistp521 },
};
