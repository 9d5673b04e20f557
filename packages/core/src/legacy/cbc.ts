/** RFC 4253 §6.3: block ciphers in CBC mode. The IV of a packet is the last block of the previous one. */
import type { CipherAlgorithm, CipherKeys } from '../algorithms/algorithm.js';
import type { Needs } from '../crypto/provider.js';
import { encryptAndMac, encryptThenMac, type BlockMode } from '../algorithms/block-packets.js';

/** CBC without padding under one key. Both functions return new bytes, of the same length. */
export interface CbcFunctions {
  encrypt(iv: Uint8Array, plain: Uint8Array): Uint8Array;
  decrypt(iv: Uint8Array, encrypted: Uint8Array): Uint8Array;
}

export interface CbcParameters {
  /** Lengths in bytes. */
  readonly keyLength: number;
  readonly blockLength: number;
  readonly functions: (key: Uint8Array) => CbcFunctions;
}

function chained({ blockLength, functions }: CbcParameters, keys: CipherKeys): BlockMode {
  const { encrypt, decrypt } = functions(keys.key);
  let iv: Uint8Array = keys.iv.slice();
  return {
    blockLength,
    encrypt: (bytes) => {
      bytes.set(encrypt(iv, bytes));
      if (bytes.length > 0) iv = bytes.slice(-blockLength);
    },
    decrypt: (bytes) => {
      const plain = decrypt(iv, bytes);
      if (bytes.length > 0) iv = bytes.slice(-blockLength);
      bytes.set(plain);
    },
    counter: () => iv.slice(),
  };
}

/**
 * Security: if the MAC covers the plain packet, the first block must be decrypted, and its length acted upon, before
 * anything is authenticated. An attacker who substitutes another block of the connection could read four bytes of its
 * plain text from the moment at which we fail (CVE-2008-5161). So, as in OpenSSH, a fault shows only once the longest
 * packet has been read and authenticated. Requiring encrypt-then-MAC would be simpler, but a peer that has it also has
 * AES-CTR, and this mode exists only for peers that do not.
 */
export function cbc(parameters: CbcParameters): CipherAlgorithm<Needs<'hmac'>> {
  return {
    keyLength: parameters.keyLength,
    ivLength: parameters.blockLength,
    aead: false,
    create: (crypto, keys, mac) => {
      if (mac === undefined) throw new TypeError('CBC needs a MAC');
      const mode = chained(parameters, keys);
      if (mac.encryptThenMac) return encryptThenMac(crypto, mode, keys, mac);
      const authenticate = mac.create(crypto, keys.macKey);
      return {
        ...encryptAndMac(crypto, mode, keys, mac),
        concealFault: (length) => void authenticate(new Uint8Array(length)),
      };
    },
  };
}
