/** The portable provider: every primitive in JavaScript by the noble libraries, RSA by WebCrypto. */
import { sha1 } from '@noble/hashes/legacy.js';
import { aesCtr, aesGcm } from './noble/aes.js';
import { chacha20, poly1305 } from './noble/chacha20-poly1305.js';
import { ed25519, x25519 } from './noble/curve25519.js';
import { hashes, hashWith, hmacWith } from './noble/hashes.js';
import { mlkem768 } from './noble/ml-kem-768.js';
import { modularPower } from './noble/modular-power.js';
import { nistAgreement, nistSignature } from './noble/nist-curves.js';
import type { SynchronousProvider } from './provider.js';
import { randomBytes } from './random.js';
import { webCryptoRsa } from './web-crypto-rsa.js';

/** SHA-1 is for peers that have nothing better: who composes a provider of parts leaves it out. */
const allHashes = { ...hashes, sha1 };

export const noble: SynchronousProvider = {
  name: 'noble',
  random: randomBytes,
  hash: hashWith(allHashes),
  hmac: hmacWith(allHashes),
  aesGcm,
  aesCtr,
  chacha20,
  poly1305,
  x25519,
  ecdh: {
    nistp256: nistAgreement('nistp256'),
    nistp384: nistAgreement('nistp384'),
    nistp521: nistAgreement('nistp521'),
  },
  mlkem768,
  modularPower,
  ed25519,
  ecdsa: {
    nistp256: nistSignature('nistp256'),
    nistp384: nistSignature('nistp384'),
    nistp521: nistSignature('nistp521'),
  },
  rsa: webCryptoRsa,
};
