/** NIST SP 800-38D: AES-GCM by WebCrypto, which runs it in native code on threads of its own, and behind promises. */
import type { BatchedAead } from '../provider.js';

const TAG_LENGTH = 16;
const ignore = (): void => undefined;

/** Frees memory that nobody reads any more, where a runtime can. */
export type Release = (memory: ArrayBuffer) => void;

/** The key is imported once; whoever comes before that is done waits for it. */
export function webCryptoAesGcm(subtle: SubtleCrypto, key: Uint8Array, release?: Release): BatchedAead {
  const imported = subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  // Where it fails, those who use the key hear of it.
  imported.catch(ignore);
  const parameters = (iv: Uint8Array, additionalData: Uint8Array): object => ({ name: 'AES-GCM', iv, additionalData });
  return {
    release,
    async seal(nonce, packet, aadLength) {
      const plain = packet.subarray(aadLength, packet.length - TAG_LENGTH);
      const sealed = await subtle.encrypt(parameters(nonce, packet.subarray(0, aadLength)), await imported, plain);
      packet.set(new Uint8Array(sealed), aadLength);
      release?.(sealed);
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
