/**
 * The provider that works on every runtime: the noble libraries, with WebCrypto for RSA and the NIST curves, which all
 * runtimes have there. In JavaScript those curves would add 7 kB, and block the event loop for longer than anything
 * else.
 */
import { sha1 } from '@noble/hashes/legacy.js';
import { aesCtr, aesGcm } from './noble/aes.js';
import { chacha20, poly1305 } from './noble/chacha20-poly1305.js';
import { ed25519, x25519 } from './noble/curve25519.js';
import { hashes, hashWith, hmacWith } from './noble/hashes.js';
import { mlkem768 } from './noble/ml-kem-768.js';
import { modularPower } from './noble/modular-power.js';
import type { CryptoProvider } from './provider.js';
import { randomBytes } from './random.js';
import { webCryptoRsa } from './web-crypto-rsa.js';
import { webCryptoEcdh, webCryptoEcdsa } from './web-crypto/nist-curves.js';

/** SHA-1 is for peers that have nothing better; a provider composed of parts leaves it out. */
const allHashes = { ...hashes, sha1 };

export const portable = {
  name: 'portable',
  random: randomBytes,
  hash: hashWith(allHashes),
  hmac: hmacWith(allHashes),
  aesGcm,
  aesCtr,
  chacha20,
  poly1305,
  x25519,
  ecdh: webCryptoEcdh,
  mlkem768,
  modularPower,
  ed25519,
  ecdsa: webCryptoEcdsa,
  rsa: webCryptoRsa,
} as const satisfies CryptoProvider;
