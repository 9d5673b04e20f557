/** Group D, RFC 7748 §6, RFC 8731 §3, RFC 10042 §2: hostile values in key exchange messages. W17-W19. No message 31 is sent, nothing is signed. */
import { randomBytes } from 'node:crypto';
import { keyExchanges } from '@nacre/core';
import { noble } from '@nacre/core/noble';
import { expect } from 'vitest';
import type { Case, CaseOptions } from '../case.js';
import { concat, hex, str, uint32 } from '../bytes.js';

/** The points of small order on RFC 7748's curve, each also with the top bit set, which must be ignored. */
export const LOW_ORDER = [
  ['0', '00'.repeat(32)],
  ['1', `01${'00'.repeat(31)}`],
  ['of order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
  ['of order 8, the other', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'],
  ['p-1', `ec${'ff'.repeat(30)}7f`],
  ['p', `ed${'ff'.repeat(30)}7f`],
  ['p+1', `ee${'ff'.repeat(30)}7f`],
].flatMap(([name, point]) => {
  const plainPoint = hex(point!);
  const withTopBit = plainPoint.map((byte, index) => (index === 31 ? byte | 0x80 : byte));
  return [
    [name!, plainPoint],
    [`${name!} with the top bit`, withTopBit],
  ] as const;
});

/** Sends one SSH_MSG_KEX_ECDH_INIT of this body. The application is asked nothing: not even for a signature. */
export const init = (name: string, body: Uint8Array, end: Case[2], options: CaseOptions = {}): Case => [
  name,
  (peer) => {
    peer.before(31, () => expect.unreachable('a reply'));
    peer.flush();
    peer.send([30], body);
  },
  end,
  { ...options, peer: { leavesExchange: true, ...options.peer } },
];

/** What is not even a share. */
export const malformedInits = (name: string, share: Uint8Array, options: CaseOptions): readonly Case[] => [
  init(`W18 ${name}: a share longer than the packet`, concat(uint32(2 ** 31), share), 2, options),
  init(`W18 ${name}: a byte after the share`, concat(str(share), [0]), 2, options),
];

const HYBRID: CaseOptions = { peer: { keyExchange: 'mlkem768x25519-sha256' } };
/** C_INIT of a legal client: an ML-KEM-768 key of 1184 bytes, then an X25519 share. */
const hybridShare = (await keyExchanges['mlkem768x25519-sha256'].initiate(noble)).share;
const KEM = 1184;
const hybrid = (name: string, share: Uint8Array): Case => init(`W19 ${name}`, str(share), 3, HYBRID);

export const x25519Cases: readonly Case[] = [
  ...LOW_ORDER.map(([name, point]) => init(`W17 Q_C is ${name}`, str(point), 3)),
  ...[0, 31, 33, 64].map((length) => init(`W18 Q_C of ${length} bytes`, str(randomBytes(length)), 3)),
  ...malformedInits('curve25519', randomBytes(32), {}),
  init('W18 no Q_C', new Uint8Array(0), 2),
];

export const hybridCases: readonly Case[] = [
  ...malformedInits('mlkem768x25519', hybridShare, HYBRID),
  hybrid('C_INIT of 1215 bytes', hybridShare.subarray(0, -1)),
  hybrid('C_INIT of 1217 bytes', concat(hybridShare, [0])),
  hybrid('an X25519 share alone', hybridShare.subarray(KEM)),
  hybrid('no C_INIT', new Uint8Array(0)),
  hybrid('a coefficient of 4095', concat([0xff, 0xff, 0xff], hybridShare.subarray(3))),
  hybrid('a coefficient of q, 3329', concat([0x01, 0x0d], hybridShare.subarray(2))),
  hybrid(
    'the last coefficient of 4095',
    concat(hybridShare.subarray(0, KEM - 34), [0xf0, 0xff], hybridShare.subarray(KEM - 32)),
  ),
  ...LOW_ORDER.slice(0, 4).map(([name, point]) =>
    hybrid(`a legal ML-KEM key with a share of ${name}`, concat(hybridShare.subarray(0, KEM), point)),
  ),
];
