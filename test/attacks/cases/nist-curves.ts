/** RFC 5656 §4, group D: hostile points of the NIST curves. W18, W20. */
import { keyExchanges } from '@nacre/core';
import type { CryptoProvider } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { concat, hex, str } from '../bytes.js';
import type { Case } from '../case.js';
import { init, malformedInits } from './exchange-values.js';

const PRIMES = [
  ['ecdh-sha2-nistp256', 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff'],
  ['ecdh-sha2-nistp384', `${'ff'.repeat(31)}feffffffff0000000000000000ffffffff`],
  ['ecdh-sha2-nistp521', `01${'ff'.repeat(65)}`],
] as const;

export interface Curve {
  /** Of the exchange. */
  readonly name: string;
  /** A legal share. */
  readonly point: Uint8Array;
  readonly hostile: readonly (readonly [name: string, share: Uint8Array])[];
}

function hostilePoints(prime: Uint8Array, point: Uint8Array): Curve['hostile'] {
  const { length } = prime;
  return [
    ['off the curve', point.with(2 * length, point[2 * length]! ^ 1)],
    ['at infinity', Uint8Array.of(0)],
    ['compressed', concat([2 + (point[2 * length]! & 1)], point.subarray(1, 1 + length))],
    ['in the hybrid form', point.with(0, 6 + (point[2 * length]! & 1))],
    ['with x = p', concat([4], prime, point.subarray(1 + length))],
    ['with y = p', concat([4], point.subarray(1, 1 + length), prime)],
    ['with x and y of zero', concat([4], new Uint8Array(2 * length))],
    ['one byte short', point.subarray(0, -1)],
    ['one byte long', concat(point, [0])],
    ['of no bytes', new Uint8Array(0)],
  ];
}

export const NIST_CURVES: readonly Curve[] = await Promise.all(
  PRIMES.map(async ([name, prime]) => {
    const { share: point } = await keyExchanges[name].initiate(noble);
    return { name, point, hostile: hostilePoints(hex(prime), point) };
  }),
);

/** For a server with this provider, or for one about which nothing is known. */
export function nistCurveCases(crypto: CryptoProvider): readonly Case[] {
  return NIST_CURVES.flatMap(({ name, point, hostile }) => {
    const options = { peer: { keyExchange: name }, server: { crypto, algorithms: { keyExchanges: `+${name}` } } };
    return [
      ...hostile.map(([what, share]) => init(`W20 ${name}: Q_C ${what}`, str(share), 3, options)),
      ...malformedInits(name, point, options),
    ];
  });
}
