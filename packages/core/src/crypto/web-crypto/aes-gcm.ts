/** NIST SP 800-38D: AES-GCM with WebCrypto, which runs native code, on threads of its own in most runtimes, and answers with promises. */
import type { BatchedAead } from '../provider.js';
import type { BatchingOptions } from './batching.js';
import { importedKey } from './imported-key.js';

const TAG_LENGTH = 16;

export function webCryptoAesGcm(
  subtle: SubtleCrypto,
  key: Uint8Array,
  { release, pace }: BatchingOptions = {},
): BatchedAead {
  const imported = importedKey(subtle, key, 'AES-GCM', ['encrypt', 'decrypt']);
  const parameters = (iv: Uint8Array, additionalData: Uint8Array): object => ({ name: 'AES-GCM', iv, additionalData });
  return {
    release,
    sealsInTurn: pace !== undefined,
    async seal(nonce, packet, aadLength) {
      const plain = packet.subarray(aadLength, packet.length - TAG_LENGTH);
      const sealed = await subtle.encrypt(parameters(nonce, packet.subarray(0, aadLength)), await imported, plain);
      packet.set(new Uint8Array(sealed), aadLength);
      release?.(sealed);
      await pace?.(packet.length);
    },
    async open(nonce, packet, aadLength) {
      const cryptoKey = await imported;
      try {
        const sealed = packet.subarray(aadLength);
        return new Uint8Array(
          await subtle.decrypt(parameters(nonce, packet.subarray(0, aadLength)), cryptoKey, sealed),
        );
      } catch {
        return undefined;
      }
    },
  };
}
