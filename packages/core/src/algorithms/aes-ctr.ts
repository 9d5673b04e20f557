/** RFC 4344 §4: AES in counter mode. */
import { advanceCounter } from '../crypto/block-counter.js';
import type { Needs } from '../crypto/provider.js';
import type { CipherAlgorithm, CipherKeys } from './algorithm.js';
import { encryptAndMac, encryptThenMac, type BlockMode } from './block-packets.js';

const BLOCK_LENGTH = 16;

/** The key stream, and its block counter as data: the provider's own stream is a cache of it. */
function counterMode(crypto: Needs<'aesCtr'>, keys: CipherKeys): BlockMode {
  const stream = crypto.aesCtr(keys.key, keys.iv);
  const counter = Uint8Array.from(keys.iv);
  const apply = (bytes: Uint8Array): void => {
    stream.apply(bytes);
    advanceCounter(counter, bytes.length);
  };
  return { blockLength: BLOCK_LENGTH, encrypt: apply, decrypt: apply, counter: () => counter.slice() };
}

export function aesCtr(keyLength: 16 | 24 | 32): CipherAlgorithm<Needs<'aesCtr' | 'hmac'>> {
  return {
    keyLength,
    ivLength: BLOCK_LENGTH,
    aead: false,
    create: (crypto, keys, mac) => {
      if (mac === undefined) throw new TypeError('AES-CTR needs a MAC');
      const protect = mac.encryptThenMac ? encryptThenMac : encryptAndMac;
      return protect(crypto, counterMode(crypto, keys), keys, mac);
    },
  };
}
