/** Group E, OpenSSH's PROTOCOL §1.9, RFC 4253 §7.3, RFC 8308 §2.4: messages out of place around the first exchange. W10-W12, W14-W16. */
import { legacy } from '@nacre/core/legacy';
import { expect } from 'vitest';
import type { Case, CaseOptions } from '../case.js';
import { concat, str, uint32 } from '../bytes.js';
import { plain } from '../raw-packets.js';
import type { RawPeer } from '../raw-peer.js';
import type { Kexinit } from '../raw-transport.js';

const OPTIONAL = [
  [2, 'IGNORE', str('x')],
  [3, 'UNIMPLEMENTED', uint32(0)],
  [4, 'DEBUG', concat([0], str('x'), str(''))],
  [7, 'EXT_INFO', uint32(0)],
  [192, 'PING', str('x')],
  [199, 'an unknown number', str('x')],
] as const;

const CHACHA20 = 'chacha20-poly1305@openssh.com';
const KEYSCAN = 'SSH-2.0-OpenSSH-keyscan';
/** What a peer is told to use instead. */
const INSTEAD = /choose aes128-gcm@openssh\.com or aes128-ctr/;

/** A cipher for one direction. */
function only(side: 'client' | 'server', cipher: string): Partial<Kexinit> {
  return side === 'client'
    ? { encryptionAlgorithmsClientToServer: [cipher] }
    : { encryptionAlgorithmsServerToClient: [cipher] };
}

/** A client that has nothing but CBC, unless `change` says otherwise, and a server that accepts it. */
function cbc(encryptsThenMacs: boolean, change: Partial<Kexinit> = {}): CaseOptions {
  const mac = encryptsThenMacs ? 'hmac-sha2-256-etm@openssh.com' : 'hmac-sha2-256';
  return {
    peer: {
      strict: false,
      cipher: 'aes128-cbc',
      mac,
      ciphers: legacy.ciphers,
      kexinit: (legal) => ({ ...legal, ...change }),
    },
    server: { algorithms: { rows: [legacy], ciphers: '+aes128-cbc' } },
  };
}

const never = (peer: RawPeer, number: number): void =>
  peer.before(number, () => expect.unreachable(`${number} in reply`));

/** Sends a message in plaintext after the server's reply, where NEWKEYS has to be. */
function beforeNewkeys(peer: RawPeer, payload: Uint8Array): void {
  peer.before(31, () => peer.send(payload));
  peer.flush();
}

const none = concat([50], str('guest'), str('ssh-connection'), str('none'));

export const strictCases: readonly Case[] = [
  [
    'W10 IGNORE before KEXINIT',
    (peer) => {
      const opening = peer.transport.take();
      const end = opening.indexOf(10) + 1;
      peer.raw(concat(opening.subarray(0, end), plain(concat([2], str('x'))), opening.subarray(end)));
    },
    2,
  ],
  ...OPTIONAL.flatMap(([number, name, body]): Case[] => [
    [
      `W11 ${name} between KEXINIT and the exchange`,
      (peer) => {
        never(peer, 3);
        peer.flush();
        peer.send([number], body);
      },
      2,
      { peer: { leavesExchange: true } },
    ],
    [
      `W11 ${name} before NEWKEYS`,
      (peer) => {
        never(peer, 3);
        beforeNewkeys(peer, concat([number], body));
      },
      2,
      { calls: ['sign'] },
    ],
  ]),
  ...[CHACHA20, 'aes128-ctr'].flatMap((cipher): Case[] => [
    [
      `W12 numbers that start again at each NEWKEYS, four times [${cipher}]`,
      async (peer) => {
        await peer.echo();
        for (let count = 0; count < 3; count += 1) {
          await peer.echoes('before');
          await peer.rekey();
          await peer.echoes('after');
        }
      },
      undefined,
      { peer: { cipher } },
    ],
    [
      `W12 numbers that go on after NEWKEYS [${cipher}]`,
      async (peer) => {
        await peer.exchange();
        peer.send([5], str('ssh-userauth'));
        peer.send(none);
      },
      5,
      { peer: { cipher, countsOn: true } },
    ],
  ]),
  ...(['client', 'server'] as const).map((direction): Case => [
    `W13 chacha20 with a peer that is not strict, for what the ${direction} sends`,
    (peer) => peer.flush(),
    3,
    { peer: { strict: false, kexinit: (legal) => ({ ...legal, ...only(direction, CHACHA20) }) }, says: INSTEAD },
  ]),
  [
    'W13 chacha20 with a peer that is not strict, where that is allowed',
    async (peer) => void (await peer.echo()),
    undefined,
    { peer: { strict: false, cipher: CHACHA20 }, server: { allowPrefixTruncation: true } },
  ],
  [
    'W13 chacha20 with ssh-keyscan, which is not strict: it gets the host key, and is refused where NEWKEYS would be',
    async (peer) => {
      never(peer, 21);
      peer.before(31, () => {
        peer.send([21]);
        peer.send([5], str('ssh-userauth'));
        peer.send(none);
      });
      peer.flush();
      await peer.until(() => peer.end !== undefined, 'the refusal');
      expect(peer.numbers).toEqual([20, 31, 1]);
    },
    3,
    {
      peer: { identification: KEYSCAN, strict: false, cipher: CHACHA20 },
      calls: ['sign'],
      says: INSTEAD,
      isOurs: true,
    },
  ],
  [
    'W13 a cipher that is safe for a peer that is not strict, though it calls itself ssh-keyscan',
    async (peer) => void (await peer.echo()),
    undefined,
    { peer: { identification: KEYSCAN, strict: false } },
  ],
  [
    'W13 CBC with an encrypt-then-MAC and a peer that is not strict',
    (peer) => peer.flush(),
    3,
    { ...cbc(true), says: INSTEAD },
  ],
  ...(['client', 'server'] as const).map((direction): Case => [
    `W13 CBC with an encrypt-then-MAC and a peer that is not strict, for all but what the ${direction} sends`,
    (peer) => peer.flush(),
    3,
    { ...cbc(true, only(direction, 'aes128-ctr')), says: INSTEAD },
  ]),
  [
    'W13 CBC with an encrypt-and-MAC and a peer that is not strict is legal, where CBC is',
    async (peer) => void (await peer.echo()),
    undefined,
    cbc(false),
  ],
  ...['aes128-gcm@openssh.com', 'aes128-ctr'].map((cipher): Case => [
    `W13 ${cipher} with a peer that is not strict is legal`,
    async (peer) => void (await peer.echo()),
    undefined,
    { peer: { strict: false, cipher, mac: 'hmac-sha2-256-etm@openssh.com' } },
  ]),
  [
    'W14 authentication in plain text before the exchange',
    (peer) => {
      peer.flush();
      peer.send([5], str('ssh-userauth'));
      peer.send(none);
    },
    2,
    { peer: { strict: false, leavesExchange: true } },
  ],
  [
    'W14 authentication in plain text before NEWKEYS, though the exchange is finished after it',
    (peer) => beforeNewkeys(peer, concat([5], str('ssh-userauth'))),
    2,
    { peer: { strict: false }, calls: ['sign'] },
  ],
  [
    'W14 a request without a service before NEWKEYS',
    (peer) => beforeNewkeys(peer, none),
    2,
    { peer: { strict: false }, calls: ['sign'] },
  ],
  [
    'W15 EXT_INFO in plain text',
    (peer) => beforeNewkeys(peer, concat([7], uint32(0))),
    2,
    { peer: { strict: false }, calls: ['sign'] },
  ],
  [
    'W15 EXT_INFO after the service request',
    async (peer) => {
      await peer.requestService();
      peer.send([7], uint32(0));
    },
    2,
  ],
  [
    'W15 EXT_INFO that claims 2^32-1 extensions',
    async (peer) => {
      await peer.exchange();
      peer.send([7], uint32(0xffffffff));
    },
    2,
  ],
  [
    'W15 EXT_INFO twice',
    async (peer) => {
      await peer.exchange();
      peer.send([7], uint32(0));
      peer.send([7], uint32(0));
    },
    2,
  ],
  [
    'W15 EXT_INFO that is not the first message under the keys',
    async (peer) => {
      await peer.exchange();
      peer.send([2], str(''));
      peer.send([7], uint32(0));
    },
    2,
  ],
  [
    'W15 EXT_INFO first under the keys is legal, and says what it likes',
    async (peer) => {
      await peer.exchange();
      peer.send([7], uint32(2), str('no-flow-control'), str('s'), str('unknown@x'), str(new Uint8Array(1000)));
      await peer.ask(6, [5], str('ssh-userauth'));
    },
    undefined,
  ],
  [
    'W16 NEWKEYS before the exchange',
    (peer) => {
      peer.flush();
      peer.send([21]);
    },
    2,
    { peer: { leavesExchange: true } },
  ],
  [
    'W16 NEWKEYS again without KEXINIT',
    async (peer) => {
      await peer.exchange();
      peer.send([21]);
    },
    2,
  ],
  [
    'W16 INIT twice',
    (peer) => beforeNewkeys(peer, concat([30], str(new Uint8Array(32).fill(9)))),
    2,
    { calls: ['sign'] },
  ],
  ...[31, 33].map((number): Case => [
    `W16 ${number} from a client`,
    (peer) => {
      peer.flush();
      peer.send([number], str('x'));
    },
    2,
    { peer: { leavesExchange: true } },
  ]),
  [
    'W16 KEXINIT twice',
    (peer) => {
      peer.flush();
      peer.send(peer.kexinit());
    },
    2,
    { peer: { leavesExchange: true } },
  ],
  ['W16 KEXINIT before NEWKEYS', (peer) => beforeNewkeys(peer, peer.kexinit()), 2, { calls: ['sign'] }],
];
