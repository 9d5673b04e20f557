/** Every provider computes what noble computes: any content, at the lengths where blocks, pads and packets end. */
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import * as fc from 'fast-check';
import { equalBytes, type AnyHashName, type CryptoProvider, type KeyAgreement } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { proof, requireSame, requireThat, type PrimitiveName } from '../proof.js';
import { bytes, content, misaligned } from './content.js';

const hashName = fc.constantFrom<AnyHashName>('sha1', 'sha256', 'sha384', 'sha512');

function hashes(provider: CryptoProvider): void {
  const parts = fc.array(content, { maxLength: 3 });
  fc.assert(
    fc.property(hashName, parts, (name, message) => {
      requireSame(provider.hash(name, ...message), noble.hash(name, ...message));
    }),
  );
}

type CreateHmac = CryptoProvider['hmac'] | NonNullable<CryptoProvider['batchedHmac']>;

async function hmacs(create: CreateHmac, minLength: number): Promise<void> {
  const parts = fc.array(content, { maxLength: 3 });
  const secret = fc.uint8Array({ minLength, maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(hashName, secret, parts, async (name, key, message) => {
      const authenticate = create(name, key);
      const expected = noble.hmac(name, key);
      requireSame(await authenticate(...message), expected(...message));
      // A second message, after the first.
      requireSame(await authenticate(key), expected(key));
    }),
  );
}

type CreateGcm = CryptoProvider['aesGcm'] | NonNullable<CryptoProvider['batchedAesGcm']>;

async function gcm(create: CreateGcm): Promise<void> {
  const gcmKey = fc.constantFrom(16, 32).chain(bytes);
  await fc.assert(
    fc.asyncProperty(gcmKey, bytes(12), content, fc.nat(), async (key, nonce, plain, position) => {
      const packet = new Uint8Array(4 + plain.length + 16);
      packet.set(plain, 4);
      const [ours, theirs] = [misaligned(packet), packet.slice()];
      await create(key).seal(nonce, ours, 4);
      noble.aesGcm(key).seal(nonce, theirs, 4);
      requireSame(ours, theirs);
      const changed = ours.slice();
      changed[position % changed.length]! ^= 1;
      requireThat((await create(key).open(nonce, changed, 4)) === undefined, 'a changed packet to be refused');
      requireOpened(await create(key).open(nonce, theirs, 4), plain);
      requireOpened(noble.aesGcm(key).open(nonce, ours, 4), plain);
    }),
  );
  for (const length of [0, 3, 15, 16, 19]) {
    const opened = await create(new Uint8Array(16)).open(new Uint8Array(12), new Uint8Array(length), 4);
    requireThat(opened === undefined, `${length} bytes to be refused`);
  }
}

function requireOpened(opened: Uint8Array | undefined, plain: Uint8Array): void {
  requireThat(opened !== undefined, 'the tag to hold');
  requireSame(opened!, plain);
}

const ctrKey = fc.constantFrom(16, 24, 32).chain(bytes);
/** Some are before the end of a word, or of all. */
const ctrCounter = fc.oneof(
  bytes(16),
  fc.nat(16).map((zeros) => new Uint8Array(16).fill(0xff, zeros)),
);
const ctrBlocks = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(2188));

/** Over several calls. */
function ctr(provider: CryptoProvider): void {
  const sizes = fc.array(ctrBlocks, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(ctrKey, ctrCounter, sizes, (secret, start, blocks) => {
      const ours = provider.aesCtr(secret, start);
      const theirs = noble.aesCtr(secret, start);
      for (const count of blocks) {
        const [left, right] = [misaligned(new Uint8Array(count * 16)), new Uint8Array(count * 16)];
        ours.apply(left);
        theirs.apply(right);
        requireSame(left, right);
      }
    }),
  );
}

async function batchedCtr({ batchedAesCtr }: CryptoProvider): Promise<void> {
  await fc.assert(
    fc.asyncProperty(ctrKey, ctrCounter, ctrBlocks, async (key, counter, count) => {
      const plain = misaligned(Uint8Array.from({ length: count * 16 }, (_, index) => index));
      const expected = plain.slice();
      noble.aesCtr(key, counter).apply(expected);
      const ours = await batchedAesCtr!(key)?.apply(counter, plain);
      requireThat(ours !== undefined || key.length === 24, 'keys of every length but 192 bits');
      if (ours !== undefined) requireSame(ours, expected);
    }),
  );
}

function chacha(provider: CryptoProvider): void {
  const block = fc.oneof(fc.constantFrom(0, 1), fc.nat(2 ** 31));
  fc.assert(
    fc.property(bytes(32), bytes(8), content, block, (key, nonce, plain, counter) => {
      const [ours, theirs] = [misaligned(plain), plain.slice()];
      requireSame(provider.chacha20(key, nonce, ours, counter), noble.chacha20(key, nonce, theirs, counter));
    }),
  );
}

function poly(provider: CryptoProvider): void {
  const word = fc.constantFrom(0x00, 0xff, 0x7f, 0x80, 0xfb, 0x05);
  const carrying = fc.array(word, { maxLength: 100 }).map((values) => Uint8Array.from(values));
  const edge = fc.array(word, { minLength: 32, maxLength: 32 }).map((values) => Uint8Array.from(values));
  const requireEqual = (key: Uint8Array, message: Uint8Array): void =>
    requireSame(provider.poly1305(key, misaligned(message)), noble.poly1305(key, message));
  fc.assert(fc.property(bytes(32), content, requireEqual));
  // Where its sums carry.
  fc.assert(fc.property(edge, carrying, requireEqual), { numRuns: 500 });
}

/** Both ways, with keys of either. */
async function agreement(ours: KeyAgreement, theirs: KeyAgreement, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const [left, right] = [await ours.generate(), await theirs.generate()];
    const secret = await theirs.agree(right.privateKey, left.publicKey);
    requireSame(await ours.agree(left.privateKey, right.publicKey), secret);
    requireSame(await ours.agree(right.privateKey, left.publicKey), secret);
    requireSame(await theirs.agree(left.privateKey, right.publicKey), secret);
    requireThat(left.privateKey.length === right.privateKey.length, 'private keys of the same length');
    requireThat(left.publicKey.length === right.publicKey.length, 'public keys of the same length');
  }
}

const SEED_LENGTH = 64;

/** Both ways, and a ciphertext that was changed. */
async function encapsulation(provider: CryptoProvider): Promise<void> {
  for (const [maker, sender] of [
    [provider, noble],
    [noble, provider],
  ] as const) {
    const { publicKey, secretKey } = await maker.mlkem768.generate();
    const { ciphertext, sharedSecret } = await sender.mlkem768.encapsulate(publicKey);
    requireSame(await maker.mlkem768.decapsulate(secretKey, ciphertext), sharedSecret);
    // WebCrypto keeps the seed of a key.
    const whole = secretKey.length === SEED_LENGTH ? ml_kem768.keygen(secretKey).secretKey : secretKey;
    requireSame(await noble.mlkem768.decapsulate(whole, ciphertext), sharedSecret);
    ciphertext[100]! ^= 1;
    const rejected = await noble.mlkem768.decapsulate(whole, ciphertext);
    requireThat(!equalBytes(rejected, sharedSecret), 'another secret');
    requireSame(await provider.mlkem768.decapsulate(secretKey, ciphertext), rejected);
  }
}

function randomBytes(provider: CryptoProvider): void {
  requireThat(!equalBytes(provider.random(16), provider.random(16)), 'other bytes each time');
  for (const length of [0, 16, 65_536]) requireThat(provider.random(length).length === length, `${length} bytes`);
}

const curves = [
  ['nistp256', 5],
  ['nistp384', 2],
  ['nistp521', 2],
] as const;

const equal = (about: PrimitiveName, run: (provider: CryptoProvider) => Promise<void> | void) =>
  proof(`${about} equals noble's`, [about], { 'any content': run }, noble);

export const equalPrimitives = [
  proof('Random bytes', ['random'], { 'none too': randomBytes }),
  equal('hash', hashes),
  equal('hmac', ({ hmac }) => hmacs(hmac, 0)),
  // WebCrypto cannot import an empty key.
  equal('batched hmac', ({ batchedHmac }) => hmacs(batchedHmac!, 1)),
  equal('AES-GCM', ({ aesGcm }) => gcm(aesGcm)),
  equal('batched AES-GCM', ({ batchedAesGcm }) => gcm(batchedAesGcm!)),
  equal('AES-CTR', ctr),
  equal('batched AES-CTR', batchedCtr),
  equal('ChaCha20', chacha),
  equal('Poly1305', poly),
  equal('X25519', ({ x25519 }) => agreement(x25519, noble.x25519, 10)),
  ...curves.map(([curve, rounds]) =>
    equal(`ECDH over ${curve}`, ({ ecdh }) => agreement(ecdh[curve], noble.ecdh[curve], rounds)),
  ),
  equal('ML-KEM-768', encapsulation),
];
