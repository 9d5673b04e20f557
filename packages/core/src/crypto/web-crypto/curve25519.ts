/** RFC 7748 and RFC 8032 with WebCrypto (Secure Curves in the Web Cryptography API). */
import type { Ed25519, KeyAgreement } from '../provider.js';
import { ed25519PrivateKey, rawPrivateKey, x25519PrivateKey } from './keys.js';

const SECRET_BITS = 256;

export function x25519By(subtle: SubtleCrypto): KeyAgreement {
  return {
    async generate() {
      const pair = await subtle.generateKey('X25519', true, ['deriveBits']);
      const [publicKey, pkcs8] = await Promise.all([
        subtle.exportKey('raw', pair.publicKey),
        subtle.exportKey('pkcs8', pair.privateKey),
      ]);
      return { privateKey: rawPrivateKey(pkcs8), publicKey: new Uint8Array(publicKey) };
    },
    async agree(privateKey, publicKey) {
      const [ours, theirs] = await Promise.all([
        subtle.importKey('pkcs8', x25519PrivateKey(privateKey), 'X25519', false, ['deriveBits']),
        subtle.importKey('raw', publicKey, 'X25519', false, []),
      ]);
      return new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: theirs }, ours, SECRET_BITS));
    },
  };
}

export function ed25519By(subtle: SubtleCrypto): Ed25519 {
  return {
    async generate() {
      const pair = await subtle.generateKey('Ed25519', true, ['sign', 'verify']);
      const [publicKey, pkcs8] = await Promise.all([
        subtle.exportKey('raw', pair.publicKey),
        subtle.exportKey('pkcs8', pair.privateKey),
      ]);
      return { seed: rawPrivateKey(pkcs8), publicKey: new Uint8Array(publicKey) };
    },
    async sign(seed, message) {
      const key = await subtle.importKey('pkcs8', ed25519PrivateKey(seed), 'Ed25519', false, ['sign']);
      return new Uint8Array(await subtle.sign('Ed25519', key, message));
    },
    async verify(publicKey, message, signature) {
      try {
        const key = await subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
        return await subtle.verify('Ed25519', key, signature, message);
      } catch {
        return false;
      }
    },
  };
}
