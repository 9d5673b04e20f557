/** RFC 4419, RFC 8270: requests, groups, and the order of messages. */
import { checkPrimeSync, generatePrimeSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toBytes, toInteger } from '../crypto/integer.js';
import { noble } from '../crypto/noble.js';
import { KeyExchangeError, ProtocolError } from '../errors.js';
import { mpint, string, uint32 } from '../wire/fields.js';
import { message } from '../wire/message.js';
import type { ClientStep, ServerStep } from './algorithm.js';
import { groupExchange } from './group-exchange.js';
import { modpGroup } from './modp-groups.js';
import { isSafePrime } from './safe-prime.js';

const OLD_REQUEST = message(30, { n: uint32 });
const REQUEST = message(34, { min: uint32, n: uint32, max: uint32 });
const GROUP = message(31, { p: mpint, g: mpint });
const INIT = message(32, { share: string });
const row = groupExchange('sha256');
const two = Uint8Array.of(2);

function sent(step: ClientStep | ServerStep): Uint8Array {
  if ('send' in step) return step.send;
  throw new Error('the dialogue is over');
}

function outcome<S extends ClientStep | ServerStep>(step: S): Exclude<S, { readonly send: Uint8Array }> {
  if ('outcome' in step) return step as Exclude<S, { readonly send: Uint8Array }>;
  throw new Error('the dialogue goes on');
}

/** Bits of the prime that a server offers. */
async function given(request: Uint8Array): Promise<number> {
  const { p, g } = GROUP.decode(sent(await row.server(noble).receive(request)));
  expect(toInteger(g)).toBe(2n);
  return p.length * 8;
}

test('two ends agree, and both have the sizes, the group and the shares in the exchange hash', async () => {
  const client = row.client(noble);
  const server = row.server(noble);
  const request = await client.start();
  const group = sent(await server.receive(request));
  const init = sent(await client.receive(group));
  const end = outcome(await server.receive(init));
  const reply = end.reply(Uint8Array.of(1, 2), Uint8Array.of(3));
  expect([request, group, init, reply].map((payload) => payload[0])).toEqual([34, 31, 32, 33]);
  const other = outcome(await client.receive(reply));
  expect(other.outcome).toEqual(end.outcome);
  expect([other.hostKey, other.signature]).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3)]);
  const { exchanged } = end.outcome;
  expect(exchanged.subarray(0, 12)).toEqual(request.subarray(1));
  // RFC 8270 §3: no fewer than 2048; 3072 are as strong as the rest.
  expect(REQUEST.decode(request)).toMatchObject({ min: 2048, n: 3072, max: 8192 });
  expect(exchanged.subarray(12, 12 + group.length - 1)).toEqual(group.subarray(1));
});

test.each([
  [2048, 3072, 8192, 3072],
  [2048, 2048, 2048, 2048],
  [1024, 1024, 8192, 2048],
  [1024, 2047, 8192, 2048],
  [2048, 8192, 8192, 8192],
  [2048, 7680, 8000, 6144],
  [2049, 2049, 8192, 3072],
  [0, 4000, 2 ** 32 - 1, 4096],
])('§3: %d to %d to %d bits is answered with %d', async (min, n, max, bits) => {
  expect(await given(REQUEST.encode({ min, n, max }))).toBe(bits);
});

test.each([
  [1, 1, 1],
  [8192, 4096, 2048],
  [2048, 2 ** 32 - 1, 8192],
  [2048, 2 ** 32 - 1, 2 ** 32 - 1],
  [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1],
  [1024, 1024, 2047],
  [2049, 2050, 3071],
  [8193, 8193, 16384],
  // There are groups within the bounds, but the preferred size is outside of them.
  [3072, 2048, 8192],
  [2048, 4096, 3072],
])('§3: %d to %d to %d bits is refused', async (min, n, max) => {
  await expect(async () => given(REQUEST.encode({ min, n, max }))).rejects.toThrow(KeyExchangeError);
});

test('§5: the old request has its number alone in the exchange hash', async () => {
  for (const n of [1024, 2048, 4096]) expect(await given(OLD_REQUEST.encode({ n }))).toBe(Math.max(n, 2048));
  await expect(async () => given(OLD_REQUEST.encode({ n: 2 ** 32 - 1 }))).rejects.toThrow(KeyExchangeError);
  const server = row.server(noble);
  await server.receive(OLD_REQUEST.encode({ n: 2048 }));
  const { exchanged } = outcome(await server.receive(INIT.encode({ share: two }))).outcome;
  expect([...exchanged.subarray(0, 9)]).toEqual([0, 0, 8, 0, 0, 0, 1, 1, 0]);
});

describe('messages out of order', () => {
  const request = REQUEST.encode({ min: 2048, n: 2048, max: 8192 });

  test('a share before the request, a request twice', async () => {
    await expect(async () => row.server(noble).receive(INIT.encode({ share: two }))).rejects.toThrow(ProtocolError);
    const server = row.server(noble);
    await server.receive(request);
    await expect(async () => server.receive(request)).rejects.toThrow(ProtocolError);
  });

  test('a reply before the group', async () => {
    const client = row.client(noble);
    await client.start();
    await expect(async () => client.receive(Uint8Array.of(33, 0, 0, 0, 0))).rejects.toThrow(ProtocolError);
  });
});

describe("a client judges the server's group", () => {
  const { prime } = modpGroup(2048);
  const composite = prime.slice();
  composite[100]! ^= 1;
  const even = prime.slice();
  even[255]! ^= 1;
  const offer = async (p: Uint8Array, g: Uint8Array): Promise<ClientStep> => {
    const client = row.client(noble);
    await client.start();
    return client.receive(GROUP.encode({ p, g }));
  };

  test.each([
    ['of 1024 bits', modpGroup(1024).prime, two],
    ['of 16 KiB', new Uint8Array(16_384).fill(0xff), two],
    ['that is no prime', composite, two],
    ['that is even', even, two],
    ['of zero', new Uint8Array(0), two],
    ['with the generator 0', prime, new Uint8Array(0)],
    ['with the generator 1', prime, Uint8Array.of(1)],
    ['with the generator p-1', prime, even],
    ['with the generator p', prime, prime],
  ])('refuses one %s', async (_name, p, g) => {
    await expect(async () => offer(p, g)).rejects.toThrow(KeyExchangeError);
  });

  test('refuses what is too large by its size, before it is asked whether it is prime', async () => {
    const large = new Uint8Array(1025).fill(0xff, 1);
    large[0] = 1;
    await expect(async () => offer(large, two)).rejects.toThrow('a group of 8193 bits, expected 2048 to 8192');
  });

  test('refuses a prime p where (p-1)/2 is none', async () => {
    // A Mersenne prime; half of its predecessor, 2^2202 - 1, is a multiple of 3. One made for this test would take half a second.
    const p = new Uint8Array(276).fill(0xff, 1);
    p[0] = 0x07;
    await expect(async () => offer(p, two)).rejects.toThrow(KeyExchangeError);
  });
});

test('safe primes, and what is none', async () => {
  const judge = (p: bigint): Promise<boolean> => isSafePrime(noble, Uint8Array.from(Buffer.from(hex(p), 'hex')));
  const hex = (p: bigint): string => p.toString(16).padStart(2 * Math.ceil(p.toString(16).length / 2), '0');
  for (const p of [11n, 23n, 47n, 59n, 83n, 107n, 2_879n]) expect([p, await judge(p)]).toEqual([p, true]);
  // A prime with a composite half, twice a prime with and without plus one, and Carmichael numbers.
  for (const p of [13n, 31n, 71n, 2n * 7n + 1n, 95n, 561n, 1_729n, 2n * 1_729n + 1n]) {
    expect([p, await judge(p)]).toEqual([p, false]);
  }
  const safe = generatePrimeSync(256, { safe: true, bigint: true });
  expect(await judge(safe)).toBe(true);
  // Its half is prime, and sometimes so is it.
  const double = 2n * safe + 1n;
  expect(await judge(double)).toBe(checkPrimeSync(double));
});

test('Security: a power of two chosen to be squared for ever is refused before anything is computed', async () => {
  const never = { random: noble.random, modularPower: () => expect.unreachable('computed') };
  let odd = 1n;
  // p is 3 modulo 4 and 2 modulo 3, as that of a safe prime; (p-1)/2 is one more than a multiple of 2^2000.
  const p = (): bigint => 2n * ((odd << 2000n) + 1n) + 1n;
  while (p() % 3n !== 2n) odd += 2n;
  expect(await isSafePrime(never, toBytes(p()))).toBe(false);
});
