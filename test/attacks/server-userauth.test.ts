/** Hostile messages under keys, before authentication. */
import { changeRequired } from '@nacre/core';
import { expect, test } from 'vitest';
import { checkCases, open, password, type Case } from './case.js';
import { RawPeer, settle, str, subject, uint32 } from './raw-peer.js';

checkCases('before authentication', [
  ...[6, 51, 52, 53, 60].map((number): Case => [
    `W23 ${number} from a client`,
    async (peer) => {
      await peer.requestService();
      peer.send([number], uint32(0), [0]);
      peer.send(open);
    },
    2,
  ]),
  ...[80, 81, 82, 83, 90, 94, 98, 100, 101, 127, 192].flatMap((number): Case[] => [
    [
      `W24 ${number} before authentication`,
      async (peer) => {
        await peer.requestService();
        peer.send([number], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
      },
      2,
    ],
    [
      `W24 ${number} before the service is asked for`,
      async (peer) => {
        await peer.exchange();
        peer.send([number], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
      },
      2,
    ],
  ]),
  [
    'W25 ssh-connection before authentication',
    async (peer) => {
      await peer.exchange();
      peer.send([5], str('ssh-connection'));
    },
    7,
  ],
  [
    'W25 an unknown service',
    async (peer) => {
      await peer.exchange();
      peer.send([5], str('foo'));
    },
    7,
  ],
  [
    'W25 authentication for another service',
    async (peer) => {
      await peer.requestService();
      peer.send([50], str('guest'), str('foo-service'), str('none'));
    },
    7,
  ],
  [
    'W26 another user',
    async (peer) => {
      await peer.requestService();
      peer.send(password('alice', 'wrong'));
      await settle();
      peer.send([50], str('guest'), str('ssh-connection'), str('none'));
    },
    2,
    { calls: ['password'] },
  ],
  [
    'W27 six wrong passwords',
    async (peer) => {
      await peer.requestService();
      for (let index = 0; index < 6; index += 1) peer.send(password('alice', 'wrong'));
      await settle();
      expect(peer.received.filter((payload) => payload[0] === 51).length).toBe(5);
    },
    14,
    { calls: ['password'] },
  ],
  [
    'W27 none, over and over',
    async (peer) => {
      await peer.requestService();
      for (let index = 0; index < 65; index += 1) peer.send([50], str('alice'), str('ssh-connection'), str('none'));
      for (let index = 0; index < 30; index += 1) await settle();
    },
    14,
    { calls: ['none'] },
  ],
  [
    'W28 an answer without a question',
    async (peer) => {
      await peer.requestService();
      peer.send([61], uint32(0));
    },
    2,
  ],
  [
    'DEBUG with text that is no UTF-8',
    async (peer) => {
      await peer.exchange();
      peer.send([4, 1], str(Uint8Array.of(0xff, 0xc0)), str(Uint8Array.of(0xff)));
    },
    undefined,
  ],
]);

test('W27 passwords that must be changed count too', async () => {
  const { server } = await subject({ hooks: { password: () => changeRequired('New password: ') } });
  const peer = await new RawPeer(server).requestService();
  for (let index = 0; index < 6; index += 1) peer.send(password('alice', 'old'));
  for (let index = 0; index < 4; index += 1) await settle();
  expect(peer.received.filter((payload) => payload[0] === 60).length).toBe(5);
  expect(peer.end).toBe(14);
});

test('DISCONNECT with text that is no UTF-8 is still the end that the peer meant', async () => {
  const { server, log } = await subject();
  const peer = await new RawPeer(server).exchange();
  peer.send([1], uint32(11), str(Uint8Array.of(0x62, 0xff)), str(''));
  await settle();
  expect(log.at(-1)?.fields).toMatchObject({ error: 'DisconnectedError', reason: 'b\ufffd' });
});
