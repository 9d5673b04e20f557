/** Every native primitive equals the portable one. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AnyHashName, HashName } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { nodeCrypto } from './node-crypto.js';
import { workersCrypto } from './workers-crypto.js';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hashName = fc.constantFrom<AnyHashName>('sha1', 'sha256', 'sha384', 'sha512');
const parts = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 });
const gcmKey = fc.constantFrom(16, 32).chain(bytes);
const aesKey = fc.constantFrom(16, 24, 32).chain(bytes);

/** At an odd offset of a larger buffer, as a packet in a chunk. */
function misaligned(content: Uint8Array): Uint8Array {
  const view = new Uint8Array(content.length + 1).subarray(1);
  view.set(content);
  return view;
}

const providers = [nodeCrypto, workersCrypto];

test.each(providers)('$name equals noble: hash and hmac', (provider) => {
  fc.assert(
    fc.property(hashName, fc.uint8Array({ maxLength: 200 }), parts, (name, key, message) => {
      expect(provider.hash(name, ...message)).toStrictEqual(noble.hash(name, ...message));
      const authenticate = provider.hmac(name, key);
      const expected = noble.hmac(name, key);
      expect(authenticate(...message)).toStrictEqual(expected(...message));
      expect(authenticate(key)).toStrictEqual(expected(key));
    }),
  );
});

test.each(providers)('$name equals noble: AES-GCM sealing and opening', (provider) => {
  const packet = fc.uint8Array({ minLength: 20, maxLength: 600 });
  fc.assert(
    fc.property(gcmKey, bytes(12), packet, fc.nat(), (key, nonce, content, position) => {
      const [ours, theirs] = [misaligned(content), content.slice()];
      provider.aesGcm(key).seal(nonce, ours, 4);
      noble.aesGcm(key).seal(nonce, theirs, 4);
      expect(ours).toEqual(theirs);
      const changed = ours.slice();
      changed[position % changed.length]! ^= 1;
      expect(provider.aesGcm(key).open(nonce, changed, 4)).toBe(false);
      expect(provider.aesGcm(key).open(nonce, ours, 4)).toBe(true);
      expect(noble.aesGcm(key).open(nonce, theirs, 4)).toBe(true);
      expect(ours).toEqual(theirs);
    }),
  );
});

test.each(providers)('$name equals noble: AES-GCM refuses what is shorter than a tag', (provider) => {
  for (const aead of [provider.aesGcm(new Uint8Array(16)), noble.aesGcm(new Uint8Array(16))]) {
    for (const length of [0, 3, 15, 16, 19]) {
      expect(aead.open(new Uint8Array(12), new Uint8Array(length), 4)).toBe(false);
    }
  }
});

test.each(providers)('$name equals noble: AES-CTR over several calls', (provider) => {
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(aesKey, bytes(16), sizes, (key, counter, blocks) => {
      const ours = provider.aesCtr(key, counter);
      const theirs = noble.aesCtr(key, counter);
      for (const count of blocks) {
        const [left, right] = [misaligned(new Uint8Array(count * 16)), new Uint8Array(count * 16)];
        ours.apply(left);
        theirs.apply(right);
        expect(left).toEqual(right);
      }
    }),
  );
});

test.each(providers)('$name equals noble: ChaCha20 and Poly1305', (provider) => {
  const content = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(bytes(32), bytes(8), content, fc.integer({ min: 0, max: 2 ** 31 }), (key, nonce, plain, counter) => {
      const [ours, theirs] = [misaligned(plain), plain.slice()];
      provider.chacha20(key, nonce, ours, counter);
      noble.chacha20(key, nonce, theirs, counter);
      expect(ours).toEqual(theirs);
      expect(provider.poly1305(key, plain)).toEqual(noble.poly1305(key, plain));
    }),
  );
});

test.each([
  { name: 'X25519', ours: nodeCrypto.x25519, theirs: noble.x25519 },
  { name: 'ECDH P-256', ours: nodeCrypto.ecdh.nistp256, theirs: noble.ecdh.nistp256 },
])('nodeCrypto and noble agree by $name', ({ ours, theirs }) => {
  for (let round = 0; round < 20; round += 1) {
    const [left, right] = [ours.generate(), theirs.generate()];
    const secret = theirs.agree(right.privateKey, left.publicKey);
    expect(ours.agree(left.privateKey, right.publicKey)).toStrictEqual(secret);
    expect(theirs.agree(left.privateKey, right.publicKey)).toEqual(secret);
    expect(ours.agree(right.privateKey, left.publicKey)).toEqual(secret);
  }
});

test('ECDH P-256: private keys are 32 bytes, also where OpenSSL leaves leading zeros out', () => {
  for (let round = 0; round < 3000; round += 1) {
    expect(nodeCrypto.ecdh.nistp256.generate().privateKey).toHaveLength(32);
  }
});

test('nodeCrypto and noble make the same Ed25519 signature', async () => {
  const { seed, publicKey } = nodeCrypto.ed25519.generate();
  const signature = await nodeCrypto.ed25519.sign(seed, seed);
  expect(signature).toStrictEqual(await noble.ed25519.sign(seed, seed));
  expect(await noble.ed25519.verify(publicKey, seed, signature)).toBe(true);
  expect(await nodeCrypto.ed25519.verify(publicKey, seed, signature)).toBe(true);
});

test.each<HashName>(['sha256', 'sha384', 'sha512'])(
  'nodeCrypto and noble verify each other: ECDSA P-256 with %s',
  async (hash) => {
    const message = Uint8Array.of(1, 2, 3);
    const { privateKey, publicKey } = nodeCrypto.ecdsa.nistp256.generate();
    for (const signer of [nodeCrypto, noble]) {
      const signature = await signer.ecdsa.nistp256.sign(hash, privateKey, message);
      expect(signature).toHaveLength(64);
      for (const verifier of [nodeCrypto, noble]) {
        expect(await verifier.ecdsa.nistp256.verify(hash, publicKey, message, signature)).toBe(true);
        expect(await verifier.ecdsa.nistp256.verify(hash, publicKey, privateKey, signature)).toBe(false);
      }
    }
  },
);

test.each([nodeCrypto, noble])('nodeCrypto and noble verify each other: RSA keys made by $name', async (maker) => {
  const message = Uint8Array.of(1, 2, 3);
  const key = await maker.rsa.generate(2048);
  expect(key.n).toHaveLength(256);
  const signatures = [await nodeCrypto.rsa.sign('sha512', key, message), await noble.rsa.sign('sha512', key, message)];
  expect(signatures[0]).toStrictEqual(signatures[1]);
  expect(await nodeCrypto.rsa.verify('sha512', key, message, signatures[0]!)).toBe(true);
  expect(await noble.rsa.verify('sha512', key, message, signatures[0]!)).toBe(true);
  expect(await noble.rsa.verify('sha256', key, message, signatures[0]!)).toBe(false);
});

test('random bytes differ', () => {
  expect(nodeCrypto.random(16)).not.toEqual(nodeCrypto.random(16));
  expect(nodeCrypto.random(0)).toHaveLength(0);
});
