/** WebCrypto's primitives are held equal to noble's. `web-crypto.thorough.test.ts` has ECDSA. */
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { mlkem768 } from './noble/ml-kem-768.js';
import { noble } from './noble.js';
import type { CurveName } from './provider.js';
import { webCrypto } from './web-crypto.js';
import { mlkem768By } from './web-crypto/ml-kem-768.js';

const provider = await webCrypto();
const curves: readonly CurveName[] = ['nistp256', 'nistp384', 'nistp521'];
const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });

test('sealed together by WebCrypto and one by one by noble, packets are the same', async () => {
  const packets = fc.array(fc.tuple(bytes(12), bytes(0, 300)), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(16, 32), fc.infiniteStream(bytes(32)), packets, async (length, keys, list) => {
      const key = keys.next().value.slice(0, length);
      const plain = list.map(([nonce, body]) => ({
        nonce,
        packet: Uint8Array.of(1, 2, 3, 4, ...body, ...new Uint8Array(16)),
      }));
      const ours = plain.map(({ nonce, packet }) => ({ nonce, packet: packet.slice() }));
      const batched = provider.batchedAesGcm!(key);
      await Promise.all(ours.map(({ nonce, packet }) => batched.seal(nonce, packet, 4)));
      for (const [index, { nonce, packet }] of plain.entries()) {
        const theirs = packet.slice();
        noble.aesGcm(key).seal(nonce, theirs, 4);
        expect(ours[index]!.packet).toEqual(theirs);
      }
      const opened = await Promise.all(ours.map(({ nonce, packet }) => batched.open(nonce, packet, 4)));
      expect(opened).toEqual(plain.map(({ packet }) => packet.slice(4, -16)));
    }),
    { numRuns: 30 },
  );
});

test('with a pace, packets are sealed in turn, and each waits for it', async () => {
  let isOver = false;
  const told: number[] = [];
  let go: () => void = () => undefined;
  const pace = (length: number): Promise<void> => {
    told.push(length);
    return new Promise((resolve) => (go = resolve));
  };
  const { batchedAesGcm, batchedAesCtr } = await webCrypto({ pace });
  const gcm = batchedAesGcm!(new Uint8Array(16));
  const ctr = batchedAesCtr!(new Uint8Array(16))!;
  expect([gcm.sealsInTurn, ctr.sealsInTurn]).toEqual([true, true]);
  for (const wait of [
    () => gcm.seal(new Uint8Array(12), new Uint8Array(84), 4),
    () => ctr.apply(new Uint8Array(16), new Uint8Array(64)),
  ]) {
    told.splice(0);
    isOver = false;
    const over = wait().then(() => (isOver = true));
    await expect.poll(() => told.length).toBe(1);
    await new Promise(setImmediate);
    expect(isOver).toBe(false);
    go();
    await over;
  }
  const plain = await webCrypto();
  expect(plain.batchedAesGcm!(new Uint8Array(16)).sealsInTurn).toBe(false);
});

test('a packet that was changed does not open, wherever it was changed', async () => {
  const { open, seal } = provider.batchedAesGcm!(new Uint8Array(16));
  const nonce = new Uint8Array(12);
  const packet = new Uint8Array(40);
  await seal(nonce, packet, 4);
  for (let index = 0; index < packet.length; index += 1) {
    const changed = packet.slice();
    changed[index]! ^= 1;
    expect(await open(nonce, changed, 4)).toBeUndefined();
  }
  expect(await open(nonce, packet.subarray(0, 10), 4)).toBeUndefined();
});

test('where a runtime can, what was sealed is freed once it is in the packet; what was opened has memory of its own', async () => {
  const freed: number[] = [];
  const release = (memory: ArrayBuffer): void => void freed.push(memory.byteLength);
  const { batchedAesGcm, release: forApplications } = await webCrypto({ release });
  expect(forApplications).toBe(release);
  const { open, seal } = batchedAesGcm!(new Uint8Array(16));
  const packet = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, ...new Uint8Array(16));
  await seal(new Uint8Array(12), packet, 4);
  const plain = await open(new Uint8Array(12), packet, 4);
  expect(plain).toEqual(Uint8Array.of(5, 6, 7));
  expect(plain!.buffer.byteLength).toBe(3);
  expect(freed).toEqual([19]);
});

test('a key that cannot be imported fails whoever uses it', async () => {
  const { open, seal } = provider.batchedAesGcm!(new Uint8Array(5));
  await expect(seal(new Uint8Array(12), new Uint8Array(40), 4)).rejects.toThrow();
  await expect(open(new Uint8Array(12), new Uint8Array(40), 4)).rejects.toThrow();
  const stream = provider.batchedAesCtr!(new Uint8Array(5));
  await expect(stream!.apply(new Uint8Array(16), new Uint8Array(16))).rejects.toThrow();
  await expect(provider.batchedHmac!('sha256', new Uint8Array(0))(new Uint8Array(4))).rejects.toThrow();
});

describe.each([
  { name: 'X25519', ours: provider.x25519, theirs: noble.x25519 },
  ...curves.map((curve) => ({ name: curve, ours: provider.ecdh[curve], theirs: noble.ecdh[curve] })),
])('$name', ({ ours, theirs }) => {
  test('both agree, whoever made the keys', async () => {
    const left = await ours.generate();
    const right = theirs.generate();
    expect(left.privateKey).toHaveLength(right.privateKey.length);
    const secret = theirs.agree(right.privateKey, left.publicKey);
    expect(await ours.agree(left.privateKey, right.publicKey)).toEqual(secret);
    expect(await ours.agree(right.privateKey, left.publicKey)).toEqual(secret);
    expect(theirs.agree(left.privateKey, right.publicKey)).toEqual(secret);
  });

  test('rejects a public key of another length or form, or off the curve', async () => {
    const { privateKey, publicKey } = theirs.generate();
    const bad = [
      publicKey.subarray(1),
      Uint8Array.of(...publicKey, 0),
      new Uint8Array(0),
      new Uint8Array(publicKey.length),
    ];
    for (const key of bad) await expect(ours.agree(privateKey, key)).rejects.toThrow();
  });
});

test('both make the same Ed25519 signature, and verify it', async () => {
  const { seed, publicKey } = await provider.ed25519.generate();
  const signature = await provider.ed25519.sign(seed, seed);
  expect(noble.ed25519.sign(seed, seed)).toEqual(signature);
  expect(await provider.ed25519.verify(publicKey, seed, signature)).toBe(true);
  expect(await provider.ed25519.verify(publicKey, publicKey, signature)).toBe(false);
  expect(await provider.ed25519.verify(publicKey.subarray(1), seed, signature)).toBe(false);
});

test('what a runtime lacks is noble’s', async () => {
  const generateKey = (): never => {
    throw new Error('not supported');
  };
  const poor = await webCrypto({ subtle: { ...crypto.subtle, generateKey } });
  expect(poor).toMatchObject({
    x25519: noble.x25519,
    ed25519: noble.ed25519,
    mlkem768: noble.mlkem768,
  });
});

test('where private keys are taken with their points alone, as WebKit does, the NIST curves are noble’s', async () => {
  const { importKey } = crypto.subtle;
  const picky = vi
    .spyOn(crypto.subtle, 'importKey')
    .mockImplementation(((format: string, ...rest: unknown[]) =>
      format === 'pkcs8'
        ? Promise.reject(new Error('DataError'))
        : Reflect.apply(importKey, crypto.subtle, [format, ...rest])) as typeof importKey);
  try {
    expect(await webCrypto()).toMatchObject({ ecdh: noble.ecdh, ecdsa: noble.ecdsa });
  } finally {
    picky.mockRestore();
  }
});

test('FIPS 203 §7.2: ML-KEM by WebCrypto sees for itself that a key is in range', async () => {
  const importKey = vi.fn(() => Promise.reject(new Error('asked')));
  const { encapsulate } = mlkem768By({ ...crypto.subtle, importKey });
  const legal = mlkem768.generate().publicKey;
  await expect(encapsulate(legal)).rejects.toThrow('asked');
  // The first coefficient, then the second, becomes 3329; then a byte is missing.
  const wrong = [
    legal.with(0, 0x01).with(1, (legal[1]! & 0xf0) | 0x0d),
    legal.with(1, (legal[1]! & 0x0f) | 0x10).with(2, 0xd0),
    legal.subarray(1),
  ];
  for (const key of wrong) await expect(encapsulate(key)).rejects.toThrow(RangeError);
  expect(importKey).toHaveBeenCalledTimes(1);
});
