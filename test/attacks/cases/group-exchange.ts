/** RFC 4419, RFC 8270, group D: abuse of group exchange. W21. */
import { groupExchanges } from '@nacre/core/group-exchange';
import { legacy } from '@nacre/core/legacy';
import { expect } from 'vitest';
import { concat, readStrings, str, uint32 } from '../bytes.js';
import type { Case, CaseOptions } from '../case.js';
import type { RawPeer } from '../raw-peer.js';
import { successor } from './finite-field.js';

const MOST = 2 ** 32 - 1;
const request = (min: number, n: number, max: number): Uint8Array => concat([34], uint32(min), uint32(n), uint32(max));
const oldRequest = (n: number): Uint8Array => concat([30], uint32(n));
const share = (content: Uint8Array): Uint8Array => concat([32], str(content));
const legal = request(2048, 2048, 8192);
const two = share(Uint8Array.of(2));

/** Begins an exchange in which nothing may be signed. */
function begin(peer: RawPeer): void {
  peer.before(33, () => expect.unreachable('a reply'));
  peer.flush();
}

/** A request and the group that answers it: the prime without the zero byte before it, and the generator. */
async function groupFor(
  peer: RawPeer,
  asked: Uint8Array,
): Promise<readonly [prime: Uint8Array, generator: Uint8Array]> {
  const [p, g] = readStrings(await peer.ask(31, asked), 2, 1);
  expect(p![0]).toBe(0);
  return [p!.subarray(1), g!];
}

function cases(options: CaseOptions): readonly Case[] {
  const row = (name: string, payloads: readonly Uint8Array[], end: Case[2]): Case => [
    `W21 ${name}`,
    (peer) => {
      begin(peer);
      for (const payload of payloads) peer.send(payload);
    },
    end,
    options,
  ];
  /** A share that depends on the prime. */
  const hostileShare = (name: string, content: (prime: Uint8Array) => Uint8Array): Case => [
    `W21 e is ${name}`,
    async (peer) => {
      begin(peer);
      const [prime] = await groupFor(peer, legal);
      peer.send(share(content(prime)));
    },
    3,
    options,
  ];
  const answered = (name: string, asked: Uint8Array, bits: number): Case => [
    `W21 ${name} is given ${bits} bits`,
    async (peer) => {
      begin(peer);
      const [prime, generator] = await groupFor(peer, asked);
      expect([prime.length * 8, ...generator]).toEqual([bits, 2]);
    },
    undefined,
    // Each server decides which groups it has.
    { ...options, isOurs: true },
  ];
  return [
    row('1, 1, 1', [request(1, 1, 1)], 3),
    row('0, 0, 0', [request(0, 0, 0)], 3),
    row('8192, 4096, 2048', [request(8192, 4096, 2048)], 3),
    row('n of FFFFFFFF, above max', [request(2048, MOST, 8192)], 3),
    row('n and max of FFFFFFFF', [request(2048, MOST, MOST)], 3),
    row('all of FFFFFFFF', [request(MOST, MOST, MOST)], 3),
    row('at most 1024', [request(512, 1024, 1024)], 3),
    row('an old request of FFFFFFFF', [oldRequest(MOST)], 3),
    row('32 before 34', [two], 2),
    row('34 twice', [legal, legal], 2),
    row('an old request behind a request', [legal, oldRequest(2048)], 2),
    row('34 cut short', [legal.subarray(0, -1)], 2),
    row('34 with a byte too many', [concat(legal, [0])], 2),
    ...[31, 33, 35, 49].map((number) => row(`${number} instead of 34`, [concat([number], str('x'))], 2)),
    ...[30, 31, 33].map((number) => row(`${number} instead of 32`, [legal, concat([number], str('x'))], 2)),
    row('32 whose e is longer than the packet', [legal, concat([32], uint32(2 ** 31))], 2),
    hostileShare('0', () => new Uint8Array(0)),
    hostileShare('1', () => Uint8Array.of(1)),
    hostileShare('p-1', (prime) => concat([0], prime.with(prime.length - 1, 0xfe))),
    hostileShare('p', (prime) => concat([0], prime)),
    hostileShare('p+1', (prime) => concat([0], successor(prime))),
    hostileShare('negative', (prime) => prime),
    hostileShare('16 KiB long', () => new Uint8Array(16_384).fill(0x5a)),
    answered('who wants 1024', request(1024, 1024, 8192), 2048),
    answered('who wants 8192', request(2048, 8192, 8192), 8192),
    answered('who takes anything', request(0, 3000, MOST), 3072),
    answered('an old request of 1024', oldRequest(1024), 2048),
  ];
}

const SHA256 = 'diffie-hellman-group-exchange-sha256';
const SHA1 = 'diffie-hellman-group-exchange-sha1';

/** Offered because a list names it. */
function offered(keyExchange: string): readonly Case[] {
  const server = { algorithms: { keyExchanges: `+${keyExchange}`, rows: [groupExchanges, legacy] } };
  return cases({ peer: { keyExchange, leavesExchange: true }, server });
}

/** Not offered by the set. */
function notOffered(keyExchange: string): readonly Case[] {
  return (['default', 'compatible'] as const).map((set) => [
    `W21 not by the set ${set}`,
    (raw) => {
      begin(raw);
      raw.send(legal);
    },
    3,
    { peer: { keyExchange, leavesExchange: true }, server: { algorithms: set }, isOurs: true },
  ]);
}

export const groupExchangeCases: readonly Case[] = [...offered(SHA256), ...notOffered(SHA256)];
export const legacyGroupExchangeCases: readonly Case[] = [...offered(SHA1), ...notOffered(SHA1)];
