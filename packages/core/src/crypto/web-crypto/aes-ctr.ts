/** RFC 4344 §4: AES-CTR with WebCrypto, which runs native code on its own threads and answers with promises. */
import type { BatchedStreamCipher } from '../provider.js';
import type { BatchingOptions } from './batching.js';
import { importedKey } from './imported-key.js';

/** Interop: Chromium 156 has no AES with 192-bit keys. */
const LACKING_KEY_LENGTH = 24;
/** In bits: the whole block is the counter, and it wraps. */
const COUNTER_LENGTH = 128;

export function webCryptoAesCtr(
  subtle: SubtleCrypto,
  key: Uint8Array,
  { release, pace }: BatchingOptions = {},
): BatchedStreamCipher | undefined {
  if (key.length === LACKING_KEY_LENGTH) return undefined;
  const imported = importedKey(subtle, key, 'AES-CTR', ['encrypt']);
  return {
    release,
    sealsInTurn: pace !== undefined,
    async apply(counter, bytes) {
      const parameters = { name: 'AES-CTR', counter, length: COUNTER_LENGTH };
      const applied = await subtle.encrypt(parameters, await imported, bytes);
      await pace?.(bytes.length);
      return new Uint8Array(applied);
    },
  };
}
