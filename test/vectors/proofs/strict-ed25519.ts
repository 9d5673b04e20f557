/** RFC 8032 §5.1.3 and §5.1.7, with the row that verifies: non-canonical points and numbers, and keys of small order. */
import { noble } from '@nacre/core/noble';
import { encodeEd25519PublicKey } from '../../../packages/core/src/algorithms/ed25519.js';
import { encodeSignature } from '../../../packages/core/src/algorithms/signature-blob.js';
import { signatures } from '../../../packages/core/src/algorithms/table.js';
import { concatenate, hex } from '../bytes.js';
import { proof, requireThat, type Cases } from '../proof.js';

/** Not signatures, although an equation may hold. */
interface Forgery {
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** RFC 8032 §7.1, TEST 2. */
const seed = hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
const publicKey = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
const message = hex('72');
const legal = hex(`92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
  085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00`);

/** RFC 8032 §5.1: the order of the base point. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const IDENTITY = hex(`01${'00'.repeat(31)}`);

const toNumber = (bytes: Uint8Array): bigint => bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
const toBytes = (number: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) => Number((number >> BigInt(8 * index)) & 0xffn));

/** RFC 8032 §5.1.6: the number that R, A and the message come to. */
const challenge = (...parts: readonly Uint8Array[]): bigint => toNumber(noble.hash('sha512', ...parts)) % L;

/** RFC 8032 §5.1.5: the number of the key. */
function secretNumber(): bigint {
  const bytes = noble.hash('sha512', seed).slice(0, 32);
  bytes[0]! &= 248;
  bytes[31] = (bytes[31]! & 127) | 64;
  return toNumber(bytes);
}

/** The key's holder may sign with r = 0: S = k a then holds for every encoding of R that is read as the identity. */
function withIdentity(name: string, written: Uint8Array): Forgery {
  const s = (challenge(written, publicKey, message) * secretNumber()) % L;
  return { name: `R is the identity, ${name}`, publicKey, message, signature: concatenate(written, toBytes(s)) };
}

/** The points of small order, in every encoding that may be read as one of them; the last six are non-canonical. */
const SMALL_ORDER = [
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  `${'00'.repeat(31)}80`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  `01${'00'.repeat(30)}80`,
  `ec${'ff'.repeat(31)}`,
  `ed${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(31)}`,
  `ee${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(31)}`,
];

/** Without any secret: R the identity and S = 0 hold under such a key for one message in eight; this is the first. */
function underSmallOrder(point: string): Forgery {
  const key = hex(point);
  for (let count = 0; ; count += 1) {
    const text = Uint8Array.of(count);
    if (challenge(IDENTITY, key, text) % 8n !== 0n) continue;
    return {
      name: `A is ${point}`,
      publicKey: key,
      message: text,
      signature: concatenate(IDENTITY, new Uint8Array(32)),
    };
  }
}

/** All but the last hold for verifiers that accept points in any form. */
const forgeries: readonly Forgery[] = [
  withIdentity('with a y of p + 1', hex(`ee${'ff'.repeat(30)}7f`)),
  withIdentity('with an x of -0', hex(`01${'00'.repeat(30)}80`)),
  ...SMALL_ORDER.map(underSmallOrder),
  {
    name: 'S + L',
    publicKey,
    message,
    signature: concatenate(legal.subarray(0, 32), toBytes(toNumber(legal.subarray(32)) + L)),
  },
];

const cases: Cases = Object.fromEntries(
  forgeries.map(({ name, publicKey: key, message: text, signature }) => [
    name,
    async (provider) => {
      const blob = encodeSignature('ssh-ed25519', signature);
      const holds = await signatures['ssh-ed25519'].verify(provider, encodeEd25519PublicKey(key), text, blob);
      requireThat(!holds, 'a forgery to be refused');
    },
  ]),
);

export const strictEd25519 = proof('strict Ed25519', ['Ed25519'], cases);
