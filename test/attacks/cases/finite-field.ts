/** RFC 4253 §8, RFC 8268 §4, group D: hostile values of Diffie-Hellman over the integers. W20. */
import { getDiffieHellman } from 'node:crypto';
import { legacy } from '@nacre/core/legacy';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { expect } from 'vitest';
import { concat, str } from '../bytes.js';
import type { Case, CaseOptions } from '../case.js';
import { init, malformedInits } from './exchange-values.js';

export const FINITE_FIELDS = [
  ['diffie-hellman-group14-sha256', 'modp14'],
  ['diffie-hellman-group16-sha512', 'modp16'],
  ['diffie-hellman-group18-sha512', 'modp18'],
  ['diffie-hellman-group14-sha1', 'modp14'],
  ['diffie-hellman-group1-sha1', 'modp2'],
] as const;

/** A number and one, in as many bytes: primes do not consist of ones. */
export function successor(magnitude: Uint8Array): Uint8Array {
  const next = magnitude.slice();
  let at = next.length - 1;
  while (next[at] === 0xff) next[at--] = 0;
  next[at]! += 1;
  return next;
}

/** A refusal must not cost a power: the least work that a share can demand. */
const idle = { ...nodeCrypto, modularPower: () => expect.unreachable('work for a share that is refused') };

export function hostileNumbers(prime: Uint8Array): readonly (readonly [name: string, content: Uint8Array])[] {
  const last = prime.length - 1;
  return [
    ['empty, which is 0', new Uint8Array(0)],
    ['a zero byte', Uint8Array.of(0)],
    ['1', Uint8Array.of(1)],
    ['p-1', concat([0], prime.with(last, 0xfe))],
    ['p', concat([0], prime)],
    ['p+1', concat([0], successor(prime))],
    ['as long as the prime, all ones', concat([0], new Uint8Array(prime.length).fill(0xff))],
    ['negative', prime],
    ['-1', Uint8Array.of(0xff)],
    ['2 with a leading zero', Uint8Array.of(0, 2)],
    ['2 behind as many zeros as the prime is long', new Uint8Array(prime.length + 1).with(last + 1, 2)],
    ['16 KiB long', new Uint8Array(16_384).fill(0x5a)],
    ['one byte longer than the prime', new Uint8Array(prime.length + 1).fill(0x11)],
  ];
}

export const primeOf = (group: string): Uint8Array => Uint8Array.from(getDiffieHellman(group).getPrime());

export function finiteFieldCases([name, group]: (typeof FINITE_FIELDS)[number]): readonly Case[] {
  const algorithms = { keyExchanges: `+${name}`, rows: [legacy] };
  const options: CaseOptions = { peer: { keyExchange: name }, server: { crypto: idle, algorithms } };
  return [
    ...hostileNumbers(primeOf(group)).map(([what, content]) => init(`W20 e is ${what}`, str(content), 3, options)),
    ...malformedInits(name, Uint8Array.of(2), options),
  ];
}
