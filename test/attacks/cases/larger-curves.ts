/** RFC 5656 §4, group D: hostile points of P-384 and P-521. W20. */
import { keyExchanges } from '@nacre/core';
import type { CryptoProvider } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { concat, hex, str } from '../bytes.js';
import type { Case, CaseOptions } from '../case.js';
import { init } from './exchange-values.js';

const CURVES = [
  {
    name: 'ecdh-sha2-nistp384',
    prime: hex(`${'ff'.repeat(31)}feffffffff0000000000000000ffffffff`),
  },
  { name: 'ecdh-sha2-nistp521', prime: hex(`01${'ff'.repeat(65)}`) },
] as const;

function cases(row: string, prime: Uint8Array, point: Uint8Array, options: CaseOptions): readonly Case[] {
  const { length } = prime;
  const hostile = (name: string, share: Uint8Array): Case => init(`W20 ${row}: Q_C ${name}`, str(share), 3, options);
  return [
    hostile('off the curve', point.with(2 * length, point[2 * length]! ^ 1)),
    hostile('at infinity', Uint8Array.of(0)),
    hostile('compressed', concat([2 + (point[2 * length]! & 1)], point.subarray(1, 1 + length))),
    hostile('in the hybrid form', point.with(0, 6 + (point[2 * length]! & 1))),
    hostile('with x = p', concat([4], prime, point.subarray(1 + length))),
    hostile('with y = p', concat([4], point.subarray(1, 1 + length), prime)),
    hostile('with x and y of zero', concat([4], new Uint8Array(2 * length))),
    hostile('one byte short', point.subarray(0, -1)),
    hostile('one byte long', concat(point, [0])),
    hostile('of no bytes', new Uint8Array(0)),
  ];
}

/** For a server with this provider. */
export async function largerCurveCases(crypto: CryptoProvider): Promise<readonly Case[]> {
  const rows = CURVES.map(async ({ name, prime }) => {
    const { share } = await keyExchanges[name].initiate(noble);
    const server = { crypto, algorithms: { keyExchanges: `+${name}` } };
    return cases(name, prime, share, { peer: { keyExchange: name }, server });
  });
  return (await Promise.all(rows)).flat();
}
