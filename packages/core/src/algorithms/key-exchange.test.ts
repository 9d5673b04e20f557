/** RFC 8731, RFC 5656, RFC 9941, RFC 10042: both halves of every exchange, and the shares that must be refused. */
import { describe, expect, test } from 'vitest';
import { noble } from '../crypto/noble.js';
import { sntrup761 } from '../crypto/sntrup761/kem.js';
import { DisconnectReason, KeyExchangeError } from '../errors.js';
import type { KeyExchangeAlgorithm } from './algorithm.js';
import type { ShareExchange } from './share-exchange.js';
import { keyExchanges } from './client-table.js';

const isShareExchange = (row: KeyExchangeAlgorithm): row is ShareExchange => 'initiate' in row;
/** A row that has two names is tested once: another test shows that both are the same row. */
const rows = Object.entries(keyExchanges).flatMap(([name, row], index, all) =>
  isShareExchange(row) && all.findIndex((other) => other[1] === row) === index ? [{ name, row }] : [],
);

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** Byte strings of other lengths than `right` that start the same way. */
const lowOrder = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].flatMap((hex) => {
  const point = bytesOf(hex);
  const signed = point.slice();
  signed[31]! |= 0x80;
  return [{ point }, { point: signed }];
});

async function expectRefused(exchange: () => unknown): Promise<void> {
  const error: unknown = await Promise.resolve()
    .then(exchange)
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(KeyExchangeError);
  expect(error).toMatchObject({ reason: DisconnectReason.KEY_EXCHANGE_FAILED });
}

/** A provider that accepts anything: tests what the rows themselves refuse. */
function wrongLengths(right: Uint8Array): readonly Uint8Array[] {
  return [0, 1, right.length - 1, right.length + 1, 2 * right.length].map((length) => {
    const bytes = new Uint8Array(length);
    bytes.set(right.subarray(0, length));
    return bytes;
  });
}

/** A provider that takes whatever it is given: what the rows refuse themselves. */
const agree = (): Uint8Array => new Uint8Array(32).fill(1);
const lax = {
  ...noble,
  x25519: { ...noble.x25519, agree },
  ecdh: {
    nistp256: { ...noble.ecdh.nistp256, agree },
    nistp384: { ...noble.ecdh.nistp384, agree },
    nistp521: { ...noble.ecdh.nistp521, agree },
  },
  mlkem768: {
    ...noble.mlkem768,
    encapsulate: () => ({ ciphertext: new Uint8Array(1088), sharedSecret: new Uint8Array(32) }),
    decapsulate: () => new Uint8Array(32),
  },
};

/** Over the integers a shorter share is just a different share. */
async function expectShareRefused(row: ShareExchange, share: Uint8Array, serverShare = share): Promise<void> {
  await expectRefused(() => row.respond(noble, share));
  await expectRefused(async () => row.finish(noble, (await row.initiate(noble)).secret, serverShare));
}

test('the older name of an exchange stands for the same row', () => {
  expect(keyExchanges['sntrup761x25519-sha512@openssh.com']).toBe(keyExchanges['sntrup761x25519-sha512']);
  expect(keyExchanges['curve25519-sha256@libssh.org']).toBe(keyExchanges['curve25519-sha256']);
});

// The longer groups, which take noble tenths of a second, are in `key-exchange.thorough.test.ts`.
describe.each(rows.filter(({ name }) => !/group1[68]/.test(name)))('$name', ({ row }) => {
  test('gives both sides the same secret, and another one each time', async () => {
    const agreeOnce = async (): Promise<Uint8Array> => {
      const { share, secret } = await row.initiate(noble);
      const response = await row.respond(noble, share);
      expect(await row.finish(noble, secret, response.share)).toEqual(response.sharedSecret);
      return response.sharedSecret;
    };
    expect(await agreeOnce()).not.toEqual(await agreeOnce());
  });
});

// Over the integers a shorter share is another share.
describe.each(rows.filter(({ name }) => !name.startsWith('diffie-hellman')))('$name', ({ row }) => {
  test('refuses shares of another length, whatever the provider takes', async () => {
    const { share, secret } = await row.initiate(noble);
    const response = await row.respond(noble, share);
    for (const bytes of wrongLengths(share)) await expectRefused(() => row.respond(lax, bytes));
    for (const bytes of wrongLengths(response.share)) await expectRefused(() => row.finish(lax, secret, bytes));
  });
});

describe.each(rows.filter(({ name }) => name.startsWith('ecdh-')))('$name', ({ row }) => {
  test('RFC 5656 §4: refuses points in the form of ANSI X9.62 that tells y twice, and in no form, whatever the provider takes', async () => {
    const { share, secret } = await row.initiate(noble);
    for (const form of [0, 2, 3, 5, 6, 7, 0x84]) {
      const other = share.slice();
      other[0] = form;
      await expectRefused(() => row.respond(lax, other));
      await expectRefused(() => row.finish(lax, secret, other));
    }
  });
});

describe('curve25519-sha256', () => {
  test.each(lowOrder)('RFC 8731 §3: refuses a point of low order %#', async ({ point }) => {
    await expectShareRefused(keyExchanges['curve25519-sha256'], point);
  });

  test('RFC 8731 §3: refuses an all-zero secret of a provider that lets it through', async () => {
    const zero = { ...noble, x25519: { ...noble.x25519, agree: () => new Uint8Array(32) } };
    await expectRefused(() => keyExchanges['curve25519-sha256'].respond(zero, noble.x25519.generate().publicKey));
  });
});

const hybrids = [
  { name: 'mlkem768x25519-sha256', publicKeyLength: 1184, ciphertextLength: 1088 },
  { name: 'sntrup761x25519-sha512', publicKeyLength: 1158, ciphertextLength: 1039 },
] as const;

describe.each(hybrids)('$name', ({ name, publicKeyLength, ciphertextLength }) => {
  const row = keyExchanges[name];

  test('has shares of exact lengths, and a secret that is a string', async () => {
    const { share } = await row.initiate(noble);
    expect(share).toHaveLength(publicKeyLength + 32);
    expect((await row.respond(noble, share)).share).toHaveLength(ciphertextLength + 32);
    expect(row.secretEncoding).toBe('string');
  });

  test('refuses an X25519 part of low order', async () => {
    const { share, secret } = await row.initiate(noble);
    const response = await row.respond(noble, share);
    for (const { point } of lowOrder) {
      share.set(point, publicKeyLength);
      response.share.set(point, ciphertextLength);
      await expectRefused(() => row.respond(noble, share));
      await expectRefused(() => row.finish(noble, secret, response.share));
    }
  });
});

describe('mlkem768x25519-sha256', () => {
  const row = keyExchanges['mlkem768x25519-sha256'];

  test("combines ML-KEM's secret, then X25519's, by SHA-256", async () => {
    const { share, secret } = await row.initiate(noble);
    const response = await row.respond(noble, share);
    const postQuantum = await noble.mlkem768.decapsulate(secret.subarray(0, 2400), response.share.subarray(0, 1088));
    const classical = noble.x25519.agree(secret.subarray(2400), response.share.subarray(1088));
    expect(response.sharedSecret).toEqual(noble.hash('sha256', postQuantum, classical));
  });

  test('FIPS 203 §7.2: refuses an encapsulation key with a coefficient of 4095', async () => {
    const { share } = await row.initiate(noble);
    share.fill(0xff, 0, 3);
    await expectRefused(() => row.respond(noble, share));
  });
});

describe('sntrup761x25519-sha512', () => {
  const row = keyExchanges['sntrup761x25519-sha512'];
  const kem = sntrup761(noble);

  test("RFC 9941 §3: combines sntrup761's secret, then X25519's, by SHA-512", async () => {
    const { share, secret } = await row.initiate(noble);
    const response = await row.respond(noble, share);
    const postQuantum = await kem.decapsulate(secret.subarray(0, 1763), response.share.subarray(0, 1039));
    const classical = await noble.x25519.agree(secret.subarray(1763), response.share.subarray(1039));
    expect(response.sharedSecret).toEqual(noble.hash('sha512', postQuantum, classical));
  });

  test('a changed ciphertext gives the client another secret, and tells nobody', async () => {
    const { share, secret } = await row.initiate(noble);
    const response = await row.respond(noble, share);
    response.share[100]! ^= 1;
    const other = await row.finish(noble, secret, response.share);
    expect(other).toHaveLength(64);
    expect(other).not.toEqual(response.sharedSecret);
  });
});

const curves = [
  { name: 'ecdh-sha2-nistp256', fieldLength: 32 },
  { name: 'ecdh-sha2-nistp384', fieldLength: 48 },
  { name: 'ecdh-sha2-nistp521', fieldLength: 66 },
] as const;

describe.each(curves)('$name', ({ name, fieldLength }) => {
  const row = keyExchanges[name];
  const length = 1 + 2 * fieldLength;

  test('RFC 5656 §4: refuses what is no uncompressed point of the curve', async () => {
    const { share } = await row.initiate(noble);
    const offCurve = share.slice();
    offCurve[length - 1]! ^= 1;
    const compressed = Uint8Array.of(2 + (share[length - 1]! & 1), ...share.subarray(1, 1 + fieldLength));
    const tooLarge = share.slice().fill(0xff, 1, 1 + fieldLength);
    const hybrid = share.slice();
    hybrid[0] = 6 + (share[length - 1]! & 1);
    const compressedOfFullLength = new Uint8Array(length);
    compressedOfFullLength.set(compressed);
    const zero = new Uint8Array(length);
    zero[0] = 4;
    for (const bad of [offCurve, compressed, tooLarge, hybrid, compressedOfFullLength, zero, Uint8Array.of(0)]) {
      await expectShareRefused(row, bad);
    }
    for (const form of [hybrid, compressedOfFullLength]) await expectRefused(() => row.respond(lax, form));
  });
});
