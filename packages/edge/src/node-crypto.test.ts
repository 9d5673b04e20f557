/** Where OpenSSL's results differ from what SSH needs. `test/vectors` shows that its primitives equal the portable ones. */
import { expect, test } from 'vitest';
import { nodeCrypto } from './node-crypto.js';

test.each([
  ['nistp256', 32, 3000],
  ['nistp521', 66, 100],
] as const)(
  'ECDH over %s: private keys have %d bytes, even if leading zeros were left out',
  (curve, length, rounds) => {
    for (let round = 0; round < rounds; round += 1) {
      expect(nodeCrypto.ecdh[curve].generate().privateKey).toHaveLength(length);
    }
  },
);
