/** Every provider computes what the portable one computes: any content, at the lengths where blocks, pads and packets end. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  equalBytes,
  type AnyHashName,
  type CryptoProvider,
  type CurveName,
  type HashName,
  type KeyAgreement,
} from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { ownersOf, providers } from './providers.js';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hashName = fc.constantFrom<AnyHashName>('sha1', 'sha256', 'sha384', 'sha512');
/** Of blocks of ciphers and hashes, and of the largest packet before authentication. */
const EDGES = [0, 1, 15, 16, 17, 31, 32, 33, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 255, 256, 257, 35_000];
const contentLength = fc.oneof(fc.constantFrom(...EDGES), fc.nat(1000));

/** Any content of a length, made from a seed: thousands of bytes one by one would take their time. */
const content = fc.tuple(contentLength, fc.nat()).map(([length, seed]) => {
  let state = seed | 1;
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    bytes[index] = state >>> 24;
  }
  return bytes;
});

/** At an odd offset of a larger buffer, as a packet in a chunk. */
function misaligned(whole: Uint8Array): Uint8Array {
  const view = new Uint8Array(whole.length + 1).subarray(1);
  view.set(whole);
  return view;
}

/** Equal, and a plain Uint8Array: the `slice` of a Buffer would be a view. */
function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(Object.getPrototypeOf(actual)).toBe(Uint8Array.prototype);
  expect(actual.length).toBe(expected.length);
  expect(equalBytes(actual, expected)).toBe(true);
}

type Primitive = (provider: CryptoProvider) => unknown;

const others = providers.filter((provider) => provider !== noble);

describe.each(others)('$name', (provider) => {
  /** What it borrows is compared where it is at home. */
  const owns = (primitive: Primitive): boolean => ownersOf(primitive).includes(provider);
  const testOwn = (name: string, primitives: readonly Primitive[], run: () => Promise<void> | void): void => {
    if (primitives.some(owns)) test(name, run);
  };

  testOwn('hash and HMAC', [({ hash }) => hash, ({ hmac }) => hmac], () => {
    const parts = fc.array(content, { maxLength: 3 });
    fc.assert(
      fc.property(hashName, fc.uint8Array({ maxLength: 200 }), parts, (name, key, message) => {
        expectSame(provider.hash(name, ...message), noble.hash(name, ...message));
        const authenticate = provider.hmac(name, key);
        const expected = noble.hmac(name, key);
        expectSame(authenticate(...message), expected(...message));
        // A second message, after the first.
        expectSame(authenticate(key), expected(key));
      }),
    );
  });

  const gcmKey = fc.constantFrom(16, 32).chain(bytes);
  const gcms = [
    ['AES-GCM', provider.aesGcm, ({ aesGcm }: CryptoProvider) => aesGcm],
    ['AES-GCM in batches', provider.batchedAesGcm, ({ batchedAesGcm }: CryptoProvider) => batchedAesGcm],
  ] as const;
  test.each(gcms.filter(([, create, of]) => create !== undefined && owns(of)))('%s', async (_name, create) => {
    await fc.assert(
      fc.asyncProperty(gcmKey, bytes(12), content, fc.nat(), async (key, nonce, plain, position) => {
        const packet = new Uint8Array(4 + plain.length + 16);
        packet.set(plain, 4);
        const [ours, theirs] = [misaligned(packet), packet.slice()];
        await create!(key).seal(nonce, ours, 4);
        noble.aesGcm(key).seal(nonce, theirs, 4);
        expect(equalBytes(ours, theirs)).toBe(true);
        const changed = ours.slice();
        changed[position % changed.length]! ^= 1;
        expect(await create!(key).open(nonce, changed, 4)).toBeUndefined();
        expectSame((await create!(key).open(nonce, theirs, 4))!, plain);
        expectSame(noble.aesGcm(key).open(nonce, ours, 4)!, plain);
      }),
    );
    for (const length of [0, 3, 15, 16, 19]) {
      const refused = await create!(new Uint8Array(16)).open(new Uint8Array(12), new Uint8Array(length), 4);
      expect(refused).toBeUndefined();
    }
  });

  testOwn('AES-CTR over several calls, past the end of a word of its counter', [({ aesCtr }) => aesCtr], () => {
    const key = fc.constantFrom(16, 24, 32).chain(bytes);
    const counter = fc.oneof(
      bytes(16),
      fc.nat(16).map((zeros) => new Uint8Array(16).fill(0xff, zeros)),
    );
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(2188)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(key, counter, sizes, (secret, start, blocks) => {
        const ours = provider.aesCtr(secret, start);
        const theirs = noble.aesCtr(secret, start);
        for (const count of blocks) {
          const [left, right] = [misaligned(new Uint8Array(count * 16)), new Uint8Array(count * 16)];
          ours.apply(left);
          theirs.apply(right);
          expect(equalBytes(left, right)).toBe(true);
        }
      }),
    );
  });

  testOwn('ChaCha20 from any block, and Poly1305', [({ chacha20 }) => chacha20, ({ poly1305 }) => poly1305], () => {
    const block = fc.oneof(fc.constantFrom(0, 1), fc.nat(2 ** 31));
    fc.assert(
      fc.property(bytes(32), bytes(8), content, block, (key, nonce, plain, counter) => {
        const [ours, theirs] = [misaligned(plain), plain.slice()];
        expectSame(provider.chacha20(key, nonce, ours, counter), noble.chacha20(key, nonce, theirs, counter));
        expectSame(provider.poly1305(key, misaligned(plain)), noble.poly1305(key, plain));
      }),
    );
  });

  testOwn('Poly1305 where its sums carry', [({ poly1305 }) => poly1305], () => {
    const word = fc.constantFrom(0x00, 0xff, 0x7f, 0x80, 0xfb, 0x05);
    const message = fc.array(word, { maxLength: 100 }).map((values) => Uint8Array.from(values));
    const key = fc.array(word, { minLength: 32, maxLength: 32 }).map((values) => Uint8Array.from(values));
    fc.assert(
      fc.property(key, message, (secret, whole) => {
        expectSame(provider.poly1305(secret, whole), noble.poly1305(secret, whole));
      }),
      { numRuns: 500 },
    );
  });

  const agreements: readonly (readonly [string, (crypto: CryptoProvider) => KeyAgreement, rounds: number])[] = [
    ['X25519', (crypto) => crypto.x25519, 10],
    ['ECDH over P-256', (crypto) => crypto.ecdh.nistp256, 5],
    ['ECDH over P-384', (crypto) => crypto.ecdh.nistp384, 2],
    ['ECDH over P-521', (crypto) => crypto.ecdh.nistp521, 2],
  ];
  test.each(agreements.filter(([, of]) => owns(of)))(
    '%s: both ways, with keys of either',
    async (_name, of, rounds) => {
      const [ours, theirs] = [of(provider), of(noble)];
      for (let round = 0; round < rounds; round += 1) {
        const [left, right] = [await ours.generate(), await theirs.generate()];
        const secret = await theirs.agree(right.privateKey, left.publicKey);
        expectSame(await ours.agree(left.privateKey, right.publicKey), secret);
        expectSame(await ours.agree(right.privateKey, left.publicKey), secret);
        expect(await theirs.agree(left.privateKey, right.publicKey)).toEqual(secret);
        expect([left.privateKey.length, left.publicKey.length]).toEqual([
          right.privateKey.length,
          right.publicKey.length,
        ]);
      }
    },
  );

  testOwn('ML-KEM-768: both ways, and a ciphertext that was changed', [({ mlkem768 }) => mlkem768], async () => {
    for (const [maker, sender] of [
      [provider, noble],
      [noble, provider],
    ] as const) {
      const { publicKey, secretKey } = await maker.mlkem768.generate();
      const { ciphertext, sharedSecret } = await sender.mlkem768.encapsulate(publicKey);
      expectSame(await provider.mlkem768.decapsulate(secretKey, ciphertext), sharedSecret);
      expect(await noble.mlkem768.decapsulate(secretKey, ciphertext)).toEqual(sharedSecret);
      ciphertext[100]! ^= 1;
      const rejected = await noble.mlkem768.decapsulate(secretKey, ciphertext);
      expect(equalBytes(rejected, sharedSecret)).toBe(false);
      expectSame(await provider.mlkem768.decapsulate(secretKey, ciphertext), rejected);
    }
  });

  testOwn('Ed25519: the same signatures, verified by each other', [({ ed25519 }) => ed25519], async () => {
    await fc.assert(
      fc.asyncProperty(content, async (message) => {
        const { seed, publicKey } = await provider.ed25519.generate();
        const signature = await provider.ed25519.sign(seed, message);
        expectSame(signature, await noble.ed25519.sign(seed, message));
        const changed = signature.slice();
        changed[message.length % 64]! ^= 0x10;
        for (const verifier of [provider, noble]) {
          expect(await verifier.ed25519.verify(publicKey, message, signature)).toBe(true);
          expect(await verifier.ed25519.verify(publicKey, message, changed)).toBe(false);
          expect(await verifier.ed25519.verify(publicKey, message, signature.subarray(1))).toBe(false);
        }
      }),
      { numRuns: 15 },
    );
  });

  const ecdsaCases = (['nistp256', 'nistp384', 'nistp521'] as const).flatMap((curve: CurveName) =>
    (['sha256', 'sha384', 'sha512'] as const).map((hash: HashName) => [curve, hash] as const),
  );
  test.each(ecdsaCases.filter(([curve]) => owns(({ ecdsa }) => ecdsa[curve])))(
    'ECDSA over %s with %s: verified by each other',
    async (curve, hash) => {
      const message = Uint8Array.of(1, 2, 3);
      for (const [maker, signer] of [
        [provider, noble],
        [noble, provider],
      ] as const) {
        const { privateKey, publicKey } = await maker.ecdsa[curve].generate();
        const signature = await signer.ecdsa[curve].sign(hash, privateKey, message);
        expect(signature.length).toBe(publicKey.length - 1);
        for (const verifier of [provider, noble]) {
          expect(await verifier.ecdsa[curve].verify(hash, publicKey, message, signature)).toBe(true);
          expect(await verifier.ecdsa[curve].verify(hash, publicKey, privateKey, signature)).toBe(false);
        }
      }
    },
  );

  const compareRsa = async (): Promise<void> => {
    const message = Uint8Array.of(1, 2, 3);
    for (const maker of [provider, noble]) {
      const key = await maker.rsa.generate(2048);
      expect(key.n).toHaveLength(256);
      for (const hash of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
        const signature = await noble.rsa.sign(hash, key, message);
        expectSame(await provider.rsa.sign(hash, key, message), signature);
        for (const verifier of [provider, noble]) {
          expect(await verifier.rsa.verify(hash, key, message, signature)).toBe(true);
          expect(await verifier.rsa.verify(hash === 'sha256' ? 'sha512' : 'sha256', key, message, signature)).toBe(
            false,
          );
        }
      }
    }
  };
  testOwn('RSA: the same signatures with keys of either, verified by each other', [({ rsa }) => rsa], compareRsa);

  test('random bytes, none too', () => {
    expect(provider.random(16)).not.toEqual(provider.random(16));
    expect(provider.random(0)).toHaveLength(0);
    expect(provider.random(65_536)).toHaveLength(65_536);
  });
});
