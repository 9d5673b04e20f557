/** 3des-cbc (RFC 4253 §6.3), which only `node:crypto` has: for `rows` of the `algorithms` option. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { AlgorithmTables } from '@nacre/core';
import { cbc } from '@nacre/core/legacy';

const ALGORITHM = 'des-ede3-cbc';

const tripleDesCbc = cbc({
  keyLength: 24,
  blockLength: 8,
  functions: (key) => ({
    encrypt: (iv, plain) => {
      const cipher = createCipheriv(ALGORITHM, key, iv).setAutoPadding(false);
      return Buffer.concat([cipher.update(plain), cipher.final()]);
    },
    decrypt: (iv, encrypted) => {
      const decipher = createDecipheriv(ALGORITHM, key, iv).setAutoPadding(false);
      return Buffer.concat([decipher.update(encrypted), decipher.final()]);
    },
  }),
});

export const nodeLegacy = { ciphers: { '3des-cbc': tripleDesCbc } } as const satisfies Partial<AlgorithmTables>;
