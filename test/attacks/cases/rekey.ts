/** Group F, RFC 4253 §7.1 and §9: messages out of place around a later exchange, rekeys that do not end or come too often. W33-W35. */
import { generateKey } from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { expect } from 'vitest';
import type { Case } from '../case.js';
import { concat, readStrings, str, uint32 } from '../bytes.js';
import type { RawPeer } from '../raw-peer.js';
import { exchangesBegun } from '../rekeys.js';

const ed25519 = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
const ecdsa = await generateKey('ecdsa-sha2-nistp256', { crypto: nodeCrypto });

/** ECHO, then KEXINIT of a rekey. */
async function began(peer: RawPeer): Promise<void> {
  await peer.echo();
  peer.transport.rekey();
  peer.flush();
}

const AFTER_KEXINIT: readonly (readonly [name: string, payload: Uint8Array])[] = [
  ['channel data', concat([94], uint32(0), str('x'))],
  ['a channel request', concat([98], uint32(0), str('signal'), [0], str('INT'))],
  ['a channel', concat([90], str('session'), uint32(1), uint32(1024), uint32(1024))],
  ['a global request', concat([80], str('keepalive@openssh.com'), [1])],
  ['a window adjustment', concat([93], uint32(0), uint32(1))],
  ['an authentication request', concat([50], str('guest'), str('ssh-connection'), str('none'))],
  ['a service request', concat([5], str('ssh-userauth'))],
  ['EXT_INFO', concat([7], uint32(0))],
  ['PING', concat([192], str('x'))],
  ['an unknown number', Uint8Array.of(199)],
];

export const rekeyCases: readonly Case[] = [
  ...AFTER_KEXINIT.flatMap(([name, payload]): Case[] => [
    [
      `W33 ${name} between KEXINIT and the exchange`,
      async (peer) => {
        await began(peer);
        peer.send(payload);
      },
      2,
    ],
    [
      `W33 ${name} before NEWKEYS`,
      async (peer) => {
        await peer.echo();
        peer.before(31, () => peer.send(payload));
        peer.transport.rekey();
        peer.flush();
      },
      2,
      { calls: ['sign'] },
    ],
  ]),
  [
    'W33 a second KEXINIT',
    async (peer) => {
      await began(peer);
      peer.send(peer.kexinit());
    },
    2,
  ],
  [
    'W33 NEWKEYS before the exchange',
    async (peer) => {
      await began(peer);
      peer.send([21]);
    },
    2,
  ],
  [
    'W33 IGNORE and DEBUG are legal in a rekey',
    async (peer) => {
      await peer.echo();
      peer.before(31, () => peer.send([4, 0], str('x'), str('')));
      peer.transport.rekey();
      peer.flush();
      peer.send([2], str('x'));
      await peer.until(() => peer.transport.exchanges === 2, 'the rekey');
      await peer.echoes('after');
    },
    undefined,
    { calls: ['sign'] },
  ],
  [
    "W33 data before the own KEXINIT and after the server's is delivered",
    async (peer, under) => {
      await peer.echo();
      peer.before(20, () => peer.send([94], uint32(0), str('in flight')));
      under.server.connections[0]!.rekey();
      await peer.until(() => peer.transport.exchanges === 2, 'the rekey');
      await peer.echoes('after');
      await peer.until(() => under.delivered === 'in flight'.length + 'after'.length, 'the data in flight');
    },
    undefined,
    { calls: ['sign'], isOurs: true },
  ],
  [
    'W33 a value of low order in a rekey',
    async (peer) => {
      await peer.echo();
      peer.send(peer.kexinit());
      peer.send([30], str(new Uint8Array(32)));
    },
    3,
    { peer: { leavesExchange: 'later' } },
  ],
  [
    'W33 nothing in common in a rekey',
    async (peer) => {
      await began(peer);
    },
    3,
    {
      peer: {
        kexinit: (legal, exchange) => (exchange === 0 ? legal : { ...legal, macAlgorithmsClientToServer: ['none'] }),
      },
    },
  ],
  [
    'W33 the markers in a rekey change nothing',
    async (peer) => {
      await peer.echo();
      await peer.rekey();
      await peer.echoes('after');
    },
    undefined,
    {
      peer: {
        strict: false,
        kexinit: (legal, exchange) => ({
          ...legal,
          kexAlgorithms: [...legal.kexAlgorithms, ...(exchange > 0 ? ['kex-strict-c-v00@openssh.com'] : [])],
        }),
      },
    },
  ],
  [
    'W33 other ciphers after a rekey',
    async (peer) => {
      await peer.echo();
      await peer.rekey();
      await peer.echoes('after');
    },
    undefined,
    {
      peer: {
        kexinit: (legal, exchange) =>
          exchange === 0
            ? legal
            : {
                ...legal,
                encryptionAlgorithmsClientToServer: ['chacha20-poly1305@openssh.com'],
                encryptionAlgorithmsServerToClient: ['chacha20-poly1305@openssh.com'],
              },
      },
    },
  ],
  [
    'W33 a rekey shows the host key that the connection began with, whatever the client asks for now',
    async (peer) => {
      await peer.echo();
      await peer.rekey();
      const shown = peer.received.filter(([number]) => number === 31).map((reply) => readStrings(reply, 1, 1)[0]);
      expect(shown).toEqual([ed25519.publicKey, ed25519.publicKey]);
    },
    undefined,
    {
      server: { hostKeys: [ed25519, ecdsa] },
      peer: {
        kexinit: (legal, exchange) => {
          const wanted = ['ssh-ed25519', 'ecdsa-sha2-nistp256'];
          return { ...legal, serverHostKeyAlgorithms: exchange === 0 ? wanted : wanted.toReversed() };
        },
      },
    },
  ],
  [
    'W34 who begins a rekey and then says nothing that helps is given 30 s',
    async (peer, under) => {
      await peer.echo();
      peer.send(peer.kexinit());
      await peer.until(() => exchangesBegun(under) === 2, 'the rekey');
      const ignored = (): number => under.log.filter(({ message }) => message === 'SSH_MSG_IGNORE').length;
      for (let second = 1; second <= 30; second += 1) {
        under.clock.advance(1000);
        peer.send([2], str('x'));
        if (second < 30) await peer.until(() => ignored() === second, 'patience');
      }
    },
    3,
    { peer: { leavesExchange: 'later' }, isOurs: true },
  ],
  [
    'W35 who has not logged in rekeys three times; for a fourth the host key does not sign',
    async (peer) => {
      await peer.exchange();
      for (let count = 0; count < 3; count += 1) await peer.rekey();
      await peer.requestService();
      peer.transport.rekey();
      peer.flush();
    },
    2,
    { isOurs: true },
  ],
  [
    'W35 who logs in after as many may rekey on',
    async (peer) => {
      await peer.exchange();
      for (let count = 0; count < 3; count += 1) await peer.rekey();
      await peer.echo();
      for (let count = 0; count < 5; count += 1) await peer.rekey();
      await peer.echoes('after nine exchanges');
    },
    undefined,
    { isOurs: true },
  ],
];
