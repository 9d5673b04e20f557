/** RFC 4253 §8, RFC 3526, RFC 8268: groups, and the shares over them that must be refused. */
import { getDiffieHellman } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { noble } from '../crypto/noble.js';
import { toBytes, toInteger } from '../crypto/integer.js';
import { KeyExchangeError } from '../errors.js';
import { finiteField, mpintContent } from './finite-field.js';
import { modpGroup, type GroupSize } from './modp-groups.js';
import { keyExchanges } from './table.js';

test.each<[GroupSize, string]>([
  [1024, 'modp2'],
  [2048, 'modp14'],
  [3072, 'modp15'],
  [4096, 'modp16'],
  [6144, 'modp17'],
  [8192, 'modp18'],
])('RFC 3526: the prime of %d bits is the one that OpenSSL has as %s', (size, name) => {
  const { prime, generator } = modpGroup(size);
  expect(Buffer.from(prime).equals(getDiffieHellman(name).getPrime())).toBe(true);
  expect([...generator]).toEqual([2]);
});

/** What `make` gives when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

describe.each([
  ['diffie-hellman-group14-sha256', 2048],
  ['diffie-hellman-group16-sha512', 4096],
  ['diffie-hellman-group18-sha512', 8192],
] as const)('%s', (name, size) => {
  const row = keyExchanges[name];
  const p = toInteger(modpGroup(size).prime);
  // Of 8192 bits it takes a tenth of a second.
  const initiated = once(() => row.initiate(noble));
  const magnitudes = { '0': 0n, '1': 1n, 'p-1': p - 1n, p, 'p+1': p + 1n };
  const contents = {
    nothing: new Uint8Array(0),
    '16 KiB': new Uint8Array(16_384).fill(0x11),
    ...Object.fromEntries(Object.entries(magnitudes).map(([label, value]) => [label, mpintContent(toBytes(value))])),
    'one zero byte': Uint8Array.of(0),
    'a negative number': Uint8Array.of(0x80, ...new Uint8Array(size / 8 - 1)),
    'a leading zero too many': Uint8Array.of(0, 0x12, 0x34),
  };

  test.each(Object.entries(contents))('RFC 8268 §4: refuses %s from either side', async (_label, share) => {
    await expect(async () => row.respond(noble, share)).rejects.toThrow(KeyExchangeError);
    const { secret } = await initiated();
    await expect(async () => row.finish(noble, secret, share)).rejects.toThrow(KeyExchangeError);
  });

  test('a share longer than the prime is not made a number of', () => {
    expect(() => row.respond(noble, contents['16 KiB'])).toThrow('longer than the prime');
  });

  test('takes 2 and p-2, and K is no more than their power', async () => {
    const share = mpintContent(toBytes(p - 2n));
    const secret = Uint8Array.of(3);
    expect(toInteger(await row.finish(noble, secret, share))).toBe(p - 8n);
    expect(toInteger(await row.finish(noble, secret, Uint8Array.of(2)))).toBe(8n);
  });
});

test.each([1n, -1n])(
  'RFC 8268 §4: a shared secret of %d is refused, whatever a provider makes of a share',
  async (value) => {
    const { prime } = modpGroup(2048);
    const secret = toBytes((value + toInteger(prime)) % toInteger(prime), prime.length);
    const { finish } = finiteField('sha256', () => modpGroup(2048));
    const crypto = { random: noble.random, modularPower: () => secret };
    expect(() => finish(crypto, Uint8Array.of(3), Uint8Array.of(2))).toThrow(KeyExchangeError);
  },
);

test.each<[GroupSize, number]>([
  [2048, 320],
  [3072, 424],
  [4096, 480],
  [6144, 544],
  [8192, 624],
])('RFC 3526 §8: an exponent for %d bits has %d of its own, on either side', async (size, bits) => {
  const exponents: Uint8Array[] = [];
  const crypto = {
    random: noble.random,
    modularPower: (_base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array) => {
      exponents.push(exponent);
      return modulus.map((_byte, index) => (index === modulus.length - 1 ? 4 : 0));
    },
  };
  const { initiate, respond } = finiteField('sha512', () => modpGroup(size));
  await initiate(crypto);
  const ofClient = exponents.pop()!;
  await respond(crypto, Uint8Array.of(2));
  for (const exponent of [ofClient, exponents.pop()!]) {
    expect(exponent).toHaveLength(bits / 8);
    expect(exponent[0]).toBeGreaterThanOrEqual(0x80);
  }
  expect(exponents[0]).not.toEqual(ofClient);
});

test('a prime whose highest bit is set has a zero byte before it', () => {
  const { prime } = modpGroup(2048);
  expect(mpintContent(prime)).toEqual(Uint8Array.of(0, ...prime));
});
