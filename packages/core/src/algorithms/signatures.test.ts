/** What is no usable key, and no signature, whoever would compute with it. */
import { describe, expect, test } from 'vitest';
import { noble } from '../crypto/noble.js';
import type { CryptoProvider } from '../crypto/provider.js';
import { mpint, string, text } from '../wire/fields.js';
import { record } from '../wire/message.js';
import { ecdsaNistp256, encodeEcdsaPublicKey } from './ecdsa.js';
import { encodeEd25519PublicKey } from './ed25519.js';
import { encodeRsaPublicKey } from './rsa.js';
import { encodeSignature } from './signature-blob.js';
import { signatures } from './table.js';

const bytes = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill);
const littleEndian = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
const P = 2n ** 255n - 19n;
/** The y-coordinate of a point of order 8. */
const ORDER_8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;

describe('no usable key', () => {
  const e = Uint8Array.of(1, 0, 1);
  test.each([
    ['of 2047 bits', { e, n: bytes(256, 0x7f) }],
    ['of 8193 bits', { e, n: bytes(1025, 1) }],
    ['even', { e, n: bytes(256, 0xff).with(255, 0xfe) }],
    ['with e = 1', { e: Uint8Array.of(1), n: bytes(256, 0xff) }],
    ['with an even e', { e: Uint8Array.of(1, 0, 0), n: bytes(256, 0xff) }],
    ['with e of 33 bits', { e: Uint8Array.of(1, 0, 0, 0, 1), n: bytes(256, 0xff) }],
  ])('RSA %s', (_what, key) => {
    const row = signatures['rsa-sha2-512'];
    expect(row.isUsableKey(encodeRsaPublicKey({ e, n: bytes(256, 0xff) }))).toBe(true);
    expect(row.isUsableKey(encodeRsaPublicKey({ e: bytes(4, 0xff), n: bytes(1024, 0xff) }))).toBe(true);
    expect(row.isUsableKey(encodeRsaPublicKey(key))).toBe(false);
  });

  test.each([
    ['0', 0n],
    ['1', 1n],
    ['-1', P - 1n],
    ['that of a point of order 8', ORDER_8],
    ['that of another such point', P - ORDER_8],
    ['0, not reduced', P],
    ['1, not reduced', P + 1n],
    ['5, not reduced', P + 5n],
    ['the greatest number of 255 bits', 2n ** 255n - 1n],
  ])('Ed25519 whose y is %s', (_what, y) => {
    for (const sign of [0n, 1n << 255n])
      expect(signatures['ssh-ed25519'].isUsableKey(encodeEd25519PublicKey(littleEndian(y | sign)))).toBe(false);
  });

  test('but Ed25519 whose y is next to those is', () => {
    for (const y of [2n, P - 2n, ORDER_8 + 1n, P - ORDER_8 - 1n])
      expect(signatures['ssh-ed25519'].isUsableKey(encodeEd25519PublicKey(littleEndian(y)))).toBe(true);
  });

  test('ECDSA over a curve by another name, or a point in another form', () => {
    const blob = (curve: string, point: Uint8Array): Uint8Array =>
      record({ type: text, curve: text, point: string }).encode({ type: 'ecdsa-sha2-nistp256', curve, point });
    const row = signatures['ecdsa-sha2-nistp256'];
    expect(row.isUsableKey(blob('nistp256', bytes(65, 4)))).toBe(true);
    expect(row.isUsableKey(blob('nistp384', bytes(65, 4)))).toBe(false);
    expect(row.isUsableKey(blob('nistp256', bytes(97, 4)))).toBe(false);
    expect(row.isUsableKey(blob('nistp256', bytes(65, 6)))).toBe(false);
    expect(row.isUsableKey(blob('nistp256', bytes(33, 2)))).toBe(false);
  });
});

describe('no signature: nothing is computed', () => {
  /** Would take anything. */
  const gullible = { ...noble, rsa: { ...noble.rsa, verify: () => true } } satisfies CryptoProvider;
  const message = bytes(10, 1);

  test('ECDSA whose r or s is longer than the field', async () => {
    const { privateKey, publicKey } = noble.ecdsa.nistp256.generate();
    const key = encodeEcdsaPublicKey(ecdsaNistp256, publicKey);
    const signature = noble.ecdsa.nistp256.sign('sha256', privateKey, message);
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
    const holds = (integers: { readonly r: Uint8Array; readonly s: Uint8Array }): unknown => {
      const content = record({ r: mpint, s: mpint }).encode(integers);
      const row = signatures['ecdsa-sha2-nistp256'];
      return row.verify(noble, key, message, encodeSignature('ecdsa-sha2-nistp256', content));
    };
    expect(holds({ r, s })).toBe(true);
    // One with a byte more in front, which would be cut off or would move the other.
    const longer = (integer: Uint8Array): Uint8Array => Uint8Array.of(1, ...integer);
    expect([holds({ r: longer(r), s }), holds({ r, s: longer(s) })]).toEqual([false, false]);
    expect(holds({ r: bytes(1000, 1), s: bytes(1000, 1) })).toBe(false);
  });

  test('RSA longer than the modulus', async () => {
    const key = encodeRsaPublicKey({ e: Uint8Array.of(3), n: bytes(257, 1) });
    const holds = (length: number): unknown =>
      signatures['rsa-sha2-256'].verify(gullible, key, message, encodeSignature('rsa-sha2-256', bytes(length, 1)));
    expect([holds(256), holds(257), holds(258), holds(10_000)]).toEqual([true, true, false, false]);
  });
});
