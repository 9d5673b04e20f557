/** SEC 1 §2.3: providers take points in the one form that SSH sends, though their libraries know others. */
import { expect, test } from 'vitest';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { noble } from './noble.js';
import { portable } from './portable-provider.js';
import { equalBytes } from './provider.js';

const message = new Uint8Array(10);

test.each([
  ['nistp256', 'sha256', p256],
  ['nistp384', 'sha384', p384],
  ['nistp521', 'sha512', p521],
] as const)('%s: no compressed and no hybrid point, and none at infinity', async (name, hash, curve) => {
  const { privateKey, publicKey } = noble.ecdh[name].generate();
  const signature = noble.ecdsa[name].sign(hash, privateKey, message);
  const hybrid = publicKey.with(0, 6 + (publicKey.at(-1)! & 1));
  const others = [curve.getPublicKey(privateKey, true), hybrid, Uint8Array.of(0), new Uint8Array(publicKey.length)];
  for (const { ecdh, ecdsa } of [noble, portable]) {
    expect(await ecdsa[name].verify(hash, publicKey, message, signature)).toBe(true);
    expect(await ecdh[name].agree(privateKey, publicKey)).toHaveLength(curve.Point.Fp.BYTES);
    for (const other of others) {
      expect(await ecdsa[name].verify(hash, other, message, signature)).toBe(false);
      await expect(async () => ecdh[name].agree(privateKey, other)).rejects.toThrow();
    }
  }
});

test('bytes are equal only if they are as many', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  expect(equalBytes(bytes, bytes.slice())).toBe(true);
  for (const other of [[], [1, 2], [1, 2, 3, 0], [1, 2, 2], [0, 2, 3]])
    expect([equalBytes(bytes, Uint8Array.from(other)), equalBytes(Uint8Array.from(other), bytes)]).toEqual([
      false,
      false,
    ]);
});
