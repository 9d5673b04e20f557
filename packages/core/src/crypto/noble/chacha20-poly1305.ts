/** ChaCha20 as originally published, and Poly1305 (RFC 8439 §2.5), in JavaScript. */
import { poly1305 as authenticate } from '@noble/ciphers/_poly1305.js';
import { chacha20orig } from '@noble/ciphers/chacha.js';

export function chacha20(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array, counter: number): Uint8Array {
  return chacha20orig(key, nonce, bytes, bytes, counter);
}

export function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array {
  return authenticate(message, key);
}
