/** RFC 4344 §4: AES-CTR with WebCrypto, which runs native code on its own threads and answers with promises. */
import type { BatchedStreamCipher, Release } from '../provider.js';
import { importedKey } from './imported-key.js';

/** Interop: Chromium 156 has no AES with 192-bit keys. */
const LACKING_KEY_LENGTH = 24;
/** In bits: the whole block is the counter, and it wraps. */
const COUNTER_LENGTH = 128;

export function webCryptoAesCtr(
  subtle: SubtleCrypto,
  key: Uint8Array,
  release?: Release,
): BatchedStreamCipher | undefined {
  if (key.length === LACKING_KEY_LENGTH) return undefined;
  const imported = importedKey(subtle, key, 'AES-CTR', ['encrypt']);
  return {
    release,
    async apply(counter, bytes) {
      const parameters = { name: 'AES-CTR', counter, length: COUNTER_LENGTH };
      return new Uint8Array(await subtle.encrypt(parameters, await imported, bytes));
    },
  };
}
