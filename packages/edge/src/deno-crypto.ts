/** The provider for Deno: its `node:crypto`, except for what WebCrypto does in batches, and for the curve that it lacks. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { webCryptoAesCtr } from '@nacre/core/web-crypto/aes-ctr';
import { webCryptoAesGcm } from '@nacre/core/web-crypto/aes-gcm';
import { webCryptoHmac } from '@nacre/core/web-crypto/hmac';
import { webCryptoEcdh, webCryptoEcdsa } from '@nacre/core/web-crypto/nist-curves';
import { nodeCrypto } from './node-crypto.js';

export const denoCrypto: CryptoProvider = {
  ...nodeCrypto,
  name: 'node:crypto and WebCrypto on Deno',
  // It takes half the CPU time of AES in any form.
  algorithms: { ciphers: '^chacha20-poly1305@openssh.com' },
  // In batches and on the runtime's threads: in `node:crypto` a packet's cipher or MAC object costs more than the packet.
  batchedAesGcm: (key) => webCryptoAesGcm(crypto.subtle, key),
  batchedAesCtr: (key) => webCryptoAesCtr(crypto.subtle, key),
  batchedHmac: (name, key) => webCryptoHmac(crypto.subtle, name, key),
  // Interop: the `node:crypto` of Deno 2.9 rejects P-521 as an invalid curve.
  ecdh: { ...nodeCrypto.ecdh, nistp521: webCryptoEcdh.nistp521 },
  ecdsa: { ...nodeCrypto.ecdsa, nistp521: webCryptoEcdsa.nistp521 },
};
