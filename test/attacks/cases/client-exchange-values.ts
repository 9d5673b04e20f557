/** Groups D and N, RFC 4253 §8, RFC 4419, RFC 5656 §4, RFC 10042 §2: what a hostile server answers to our client. C02. */
import { randomBytes } from 'node:crypto';
import { concat, mpint, str, uint32 } from '../bytes.js';
import { hostKey, type ClientCase } from '../client-case.js';
import type { RawServer } from '../raw-server.js';
import { LOW_ORDER } from './exchange-values.js';
import { hostileNumbers, primeOf } from './finite-field.js';
import { NIST_CURVES } from './nist-curves.js';

/** The client blames the share: nobody could present a valid signature here. */
const SAYS = /share|group|generator/;
const signature = str(concat(str('ssh-ed25519'), str(new Uint8Array(64))));
const reply = (number: number, share: Uint8Array): Uint8Array =>
  concat([number], str(hostKey.publicKey), str(share), signature);

/** Answers each message that the client sends in an exchange. */
function answering(name: string, keyExchange: string, answers: Readonly<Record<number, Uint8Array>>): ClientCase {
  const act = (server: RawServer): void => {
    for (const [number, answer] of Object.entries(answers)) server.before(Number(number), () => server.send(answer));
    server.flush();
  };
  return [
    `C02 ${keyExchange}: ${name}`,
    3,
    {
      act,
      error: 'KeyExchangeError',
      says: SAYS,
      sends: [32, 34],
      server: { keyExchange, leavesExchange: true },
      client: { algorithms: { keyExchanges: `+${keyExchange}` } },
    },
  ];
}

const hostileReply = (keyExchange: string, name: string, share: Uint8Array): ClientCase =>
  answering(`a share ${name}`, keyExchange, { 30: reply(31, share) });

/** A post-quantum ciphertext, any of which is legal, and an X25519 share. */
const HYBRIDS = [
  ['mlkem768x25519-sha256', 1088],
  ['sntrup761x25519-sha512', 1039],
] as const;

const hybrids = HYBRIDS.flatMap(([keyExchange, kem]) => [
  ...[0, 32, kem, kem + 31, kem + 33].map((length) =>
    hostileReply(keyExchange, `of ${length} bytes`, randomBytes(length)),
  ),
  ...LOW_ORDER.slice(0, 4).map(([name, point]) =>
    hostileReply(keyExchange, `whose X25519 is ${name}`, concat(randomBytes(kem), point)),
  ),
]);

const GROUP14 = 'diffie-hellman-group14-sha256';
const GROUP_EXCHANGE = 'diffie-hellman-group-exchange-sha256';
const prime = primeOf('modp14');
const group = (p: Uint8Array, g: Uint8Array): Uint8Array => concat([31], mpint(p), mpint(g));
const TWO = Uint8Array.of(2);

const groups: readonly (readonly [name: string, answer: Uint8Array])[] = [
  ['a group of 1024 bits', group(primeOf('modp2'), TWO)],
  ['a group of 16,384 bits', group(new Uint8Array(2048).fill(0xff), TWO)],
  ['a group of no prime', group(prime.with(100, prime[100]! ^ 1), TWO)],
  ['an even group', group(prime.with(255, prime[255]! ^ 1), TWO)],
  ['a group of zero', group(new Uint8Array(0), TWO)],
  ['the generator 0', group(prime, new Uint8Array(0))],
  ['the generator 1', group(prime, Uint8Array.of(1))],
  ['the generator p-1', group(prime, prime.with(255, 0xfe))],
];

export const clientExchangeValueCases: readonly ClientCase[] = [
  ...hybrids,
  ...NIST_CURVES.flatMap(({ name, hostile }) => hostile.map(([what, share]) => hostileReply(name, what, share))),
  ...hostileNumbers(prime).map(([what, content]) => hostileReply(GROUP14, `that is ${what}`, content)),
  ...groups.map(([name, answer]) => answering(name, GROUP_EXCHANGE, { 34: answer })),
  ...hostileNumbers(prime).map(([what, content]) =>
    answering(`a share that is ${what}`, GROUP_EXCHANGE, { 34: group(prime, TWO), 32: reply(33, content) }),
  ),
];

/** What is not even a reply. */
const malformed = (name: string, answer: Uint8Array): ClientCase => {
  const [, , options] = answering(name, 'curve25519-sha256', { 30: answer });
  return [`C02 ${name}`, 2, { ...options, error: 'ProtocolError', says: /./ }];
};
const legal = reply(31, randomBytes(32));

export const malformedReplyCases: readonly ClientCase[] = [
  malformed('a reply of no fields', Uint8Array.of(31)),
  malformed('a host key longer than the packet', concat([31], uint32(2 ** 31), legal.subarray(5))),
  malformed('a reply cut within its signature', legal.subarray(0, -1)),
  malformed('a reply with a byte more', concat(legal, [0])),
  malformed('33 in the place of the reply', reply(33, randomBytes(32))),
];
