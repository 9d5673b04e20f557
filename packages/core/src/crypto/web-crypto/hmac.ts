/** RFC 2104: HMAC with WebCrypto, which runs native code on its own threads and answers with promises. */
import type { AnyHashName, CryptoProvider, Release } from '../provider.js';
import { hashNames } from './hash-names.js';
import { importedKey } from './imported-key.js';

type BatchedHmac = ReturnType<NonNullable<CryptoProvider['batchedHmac']>>;

export function webCryptoHmac(
  subtle: SubtleCrypto,
  hash: AnyHashName,
  key: Uint8Array,
  release?: Release,
): BatchedHmac {
  const imported = importedKey(subtle, key, { name: 'HMAC', hash: hashNames[hash] }, ['sign']);
  return async (...parts) => {
    const message = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      message.set(part, offset);
      offset += part.length;
    }
    const tag = await subtle.sign('HMAC', await imported, message);
    release?.(message.buffer);
    return new Uint8Array(tag);
  };
}
