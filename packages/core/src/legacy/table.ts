/** RFC 4253 §6.3, §6.4: rows for peers that have nothing better. None is offered unless a list names it. */
import { cbc as nobleCbc } from '@noble/ciphers/aes.js';
import { hmac } from '@noble/hashes/hmac.js';
import { md5 } from '@noble/hashes/legacy.js';
import type { AlgorithmTables, CipherAlgorithm, MacAlgorithm } from '../algorithms/algorithm.js';
import { modpExchange } from '../algorithms/finite-field.js';
import { groupExchange } from '../algorithms/group-exchange.js';
import { hmacWith } from '../algorithms/hmac.js';
import { rsaSignature } from '../algorithms/rsa.js';
import { cbc } from './cbc.js';

const AES_BLOCK_LENGTH = 16;
const MD5_LENGTH = 16;
/** RFC 4253 §6.4: the `-96` forms send this many bytes of the MAC. */
const SHORT_TAG_LENGTH = 12;

function aesCbc(keyLength: 16 | 24 | 32): CipherAlgorithm {
  return cbc({
    keyLength,
    blockLength: AES_BLOCK_LENGTH,
    functions: (key) => ({
      encrypt: (iv, plain) => nobleCbc(key, iv, { disablePadding: true }).encrypt(plain),
      decrypt: (iv, encrypted) => nobleCbc(key, iv, { disablePadding: true }).decrypt(encrypted),
    }),
  });
}

/** No provider has MD5: nothing else should be able to use it. */
function hmacMd5(encryptThenMac: boolean): MacAlgorithm {
  return {
    keyLength: MD5_LENGTH,
    tagLength: MD5_LENGTH,
    encryptThenMac,
    create: (_crypto, key) => {
      const keyed = hmac.create(md5, key);
      return (...parts) => {
        const state = keyed.clone();
        for (const part of parts) state.update(part);
        return state.digest();
      };
    },
  };
}

function short(mac: MacAlgorithm): MacAlgorithm {
  return { ...mac, tagLength: SHORT_TAG_LENGTH };
}

const aes256Cbc = aesCbc(32);

/** For `rows` of the option `algorithms`. 3des-cbc is in `@nacre/edge/node-legacy`: nothing portable has it. */
export const legacy = {
  /** Security: SHA-1 is broken for signatures, and 1024 bits are within reach of whoever can pay for them (RFC 9142 §3). */
  keyExchanges: {
    'diffie-hellman-group14-sha1': modpExchange('sha1', 2048),
    'diffie-hellman-group-exchange-sha1': groupExchange('sha1'),
    'diffie-hellman-group1-sha1': modpExchange('sha1', 1024),
  },
  ciphers: {
    'aes256-cbc': aes256Cbc,
    'aes192-cbc': aesCbc(24),
    'aes128-cbc': aesCbc(16),
    'rijndael-cbc@lysator.liu.se': aes256Cbc,
  },
  macs: {
    'hmac-sha1-etm@openssh.com': hmacWith('sha1', true),
    'hmac-sha1': hmacWith('sha1', false),
    'hmac-sha1-96-etm@openssh.com': short(hmacWith('sha1', true)),
    'hmac-sha1-96': short(hmacWith('sha1', false)),
    'hmac-md5-etm@openssh.com': hmacMd5(true),
    'hmac-md5': hmacMd5(false),
    'hmac-md5-96-etm@openssh.com': short(hmacMd5(true)),
    'hmac-md5-96': short(hmacMd5(false)),
  },
  /** Security: whoever can make two messages collide in SHA-1 gets a signature that is valid for both. */
  signatures: {
    'ssh-rsa': rsaSignature('ssh-rsa', 'sha1'),
  },
} as const satisfies Partial<AlgorithmTables>;
