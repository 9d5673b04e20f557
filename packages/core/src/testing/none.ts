/** RFC 4253 §6.3, §6.4: the cipher and the MAC `none`, for tests that inspect packets. Security: nothing else exports them. */
import type { AlgorithmTables, CipherAlgorithm, MacAlgorithm } from '../algorithms/algorithm.js';
import { encryptAndMac, type BlockMode } from '../algorithms/block-packets.js';

const NOTHING = new Uint8Array(0);

const plain: BlockMode = {
  blockLength: 8,
  encrypt: () => undefined,
  decrypt: () => undefined,
  counter: () => NOTHING,
};

const cipher: CipherAlgorithm = {
  keyLength: 0,
  ivLength: 0,
  aead: false,
  create: (crypto, keys, mac) => {
    if (mac === undefined) throw new TypeError('the cipher none needs a MAC, if only none');
    return encryptAndMac(crypto, plain, keys, mac);
  },
};

const mac: MacAlgorithm = { keyLength: 0, tagLength: 0, encryptThenMac: false, create: () => () => NOTHING };

/** For `rows` of the `algorithms` option: `{ rows: [none], ciphers: 'none', macs: 'none' }`. */
export const none = { ciphers: { none: cipher }, macs: { none: mac } } as const satisfies Partial<AlgorithmTables>;
