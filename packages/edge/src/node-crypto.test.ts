/** Where OpenSSL's results differ from what SSH needs. `test/vectors` shows that its primitives equal the portable ones. */
import { ECDH } from 'node:crypto';
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

test.each([
  ['nistp256', 'sha256', 'prime256v1'],
  ['nistp384', 'sha384', 'secp384r1'],
  ['nistp521', 'sha512', 'secp521r1'],
] as const)('SEC 1 §2.3: no compressed and no hybrid point of %s, and none at infinity', (curve, hash, name) => {
  const { ecdh, ecdsa } = nodeCrypto;
  const { privateKey, publicKey } = ecdh[curve].generate();
  const message = new Uint8Array(10);
  const signature = ecdsa[curve].sign(hash, privateKey, message);
  expect(ecdsa[curve].verify(hash, publicKey, message, signature)).toBe(true);
  const other = (form: 'compressed' | 'hybrid') =>
    Uint8Array.from(ECDH.convertKey(publicKey, name, undefined, undefined, form) as Buffer);
  for (const point of [other('compressed'), other('hybrid'), Uint8Array.of(0), new Uint8Array(publicKey.length)]) {
    expect(ecdsa[curve].verify(hash, point, message, signature)).toBe(false);
    expect(() => ecdh[curve].agree(privateKey, point)).toThrow();
  }
});

test('AES-GCM: what is too short to have a tag does not open, and does not throw', () => {
  const aead = nodeCrypto.aesGcm(new Uint8Array(16));
  for (let length = 0; length < 4 + 16; length += 1) {
    expect(aead.open(new Uint8Array(12), new Uint8Array(length), 4)).toBe(undefined);
  }
});
