/** AES-GCM (NIST SP 800-38D) and AES-CTR (RFC 4344 §4) in JavaScript. Loading this builds the cipher's tables. */
import { ctr, gcm } from '@noble/ciphers/aes.js';
import { advanceCounter } from '../block-counter.js';
import type { Aead, StreamCipher } from '../provider.js';

const GCM_TAG_LENGTH = 16;

export function aesGcm(key: Uint8Array): Aead {
  return {
    seal: (nonce, packet, aadLength) => {
      const cipher = gcm(key, nonce, packet.subarray(0, aadLength));
      packet.set(cipher.encrypt(packet.subarray(aadLength, packet.length - GCM_TAG_LENGTH)), aadLength);
    },
    open: (nonce, packet, aadLength) => {
      try {
        return gcm(key, nonce, packet.subarray(0, aadLength)).decrypt(packet.subarray(aadLength));
      } catch {
        return undefined;
      }
    },
  };
}

/** The library's CTR restarts with each call, so the block counter is carried over here. */
export function aesCtr(key: Uint8Array, initialCounter: Uint8Array): StreamCipher {
  const counter = Uint8Array.from(initialCounter);
  return {
    apply: (bytes) => {
      const cipher = ctr(key, counter);
      // The library works on 32-bit words and accepts an output only if it is aligned to them.
      if (bytes.byteOffset % 4 === 0) cipher.encrypt(bytes, bytes);
      else bytes.set(cipher.encrypt(bytes));
      advanceCounter(counter, bytes.length);
    },
  };
}
