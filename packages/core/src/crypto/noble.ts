/** The portable provider: every primitive in JavaScript by the noble libraries, RSA by WebCrypto. */
import { poly1305 } from '@noble/ciphers/_poly1305.js';
import { ctr, gcm } from '@noble/ciphers/aes.js';
import { chacha20orig } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { nistAgreement, nistSignature } from './nist-curves.js';
import type { Aead, CryptoProvider, HashName, StreamCipher } from './provider.js';
import { webCryptoRsa } from './web-crypto-rsa.js';

const hashes = { sha256, sha384, sha512 } as const satisfies Record<HashName, unknown>;
const AES_BLOCK_LENGTH = 16;
const GCM_TAG_LENGTH = 16;

function aesGcm(key: Uint8Array): Aead {
  return {
    seal: (nonce, packet, aadLength) => {
      const cipher = gcm(key, nonce, packet.subarray(0, aadLength));
      packet.set(cipher.encrypt(packet.subarray(aadLength, packet.length - GCM_TAG_LENGTH)), aadLength);
    },
    open: (nonce, packet, aadLength) => {
      try {
        packet.set(gcm(key, nonce, packet.subarray(0, aadLength)).decrypt(packet.subarray(aadLength)), aadLength);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** noble's CTR starts anew with each call, so the block counter is carried from call to call here. */
function aesCtr(key: Uint8Array, initialCounter: Uint8Array): StreamCipher {
  const counter = Uint8Array.from(initialCounter);
  return {
    apply: (bytes) => {
      const cipher = ctr(key, counter);
      // The library works in 32-bit words and takes an output only where it is aligned to them.
      if (bytes.byteOffset % 4 === 0) cipher.encrypt(bytes, bytes);
      else bytes.set(cipher.encrypt(bytes));
      let carry = bytes.length / AES_BLOCK_LENGTH;
      for (let index = counter.length - 1; index >= 0 && carry > 0; index -= 1) {
        carry += counter[index]!;
        counter[index] = carry;
        carry >>>= 8;
      }
    },
  };
}

export const noble: CryptoProvider = {
  name: 'noble',
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  hash: (name, ...parts) => {
    const state = hashes[name].create();
    for (const part of parts) state.update(part);
    return state.digest();
  },
  hmac: (name, key) => {
    // Both pads are hashed once here; each packet starts from a copy of that state.
    const keyed = hmac.create(hashes[name], key);
    return (...parts) => {
      const state = keyed.clone();
      for (const part of parts) state.update(part);
      return state.digest();
    };
  },
  aesGcm,
  aesCtr,
  chacha20: (key, nonce, bytes, counter) => {
    chacha20orig(key, nonce, bytes, bytes, counter);
  },
  poly1305: (key, message) => poly1305(message, key),
  x25519: {
    generate: () => {
      const { secretKey, publicKey } = x25519.keygen();
      return { privateKey: secretKey, publicKey };
    },
    agree: (privateKey, publicKey) => x25519.getSharedSecret(privateKey, publicKey),
  },
  ecdh: {
    nistp256: nistAgreement('nistp256'),
    nistp384: nistAgreement('nistp384'),
    nistp521: nistAgreement('nistp521'),
  },
  mlkem768: {
    generate: () => ml_kem768.keygen(),
    encapsulate: (publicKey) => {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey);
      return { ciphertext: cipherText, sharedSecret };
    },
    decapsulate: (secretKey, ciphertext) => ml_kem768.decapsulate(ciphertext, secretKey),
  },
  ed25519: {
    generate: () => {
      const { secretKey, publicKey } = ed25519.keygen();
      return { seed: secretKey, publicKey };
    },
    sign: (seed, message) => ed25519.sign(message, seed),
    verify: (publicKey, message, signature) => {
      try {
        // Security: strict RFC 8032. The library's default (ZIP 215) takes encodings of points that are not unique.
        return ed25519.verify(signature, message, publicKey, { zip215: false });
      } catch {
        return false;
      }
    },
  },
  ecdsa: {
    nistp256: nistSignature('nistp256'),
    nistp384: nistSignature('nistp384'),
    nistp521: nistSignature('nistp521'),
  },
  rsa: webCryptoRsa,
};
