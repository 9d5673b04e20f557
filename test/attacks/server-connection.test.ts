/** Hostile messages from a client that is logged in. */
import { expect } from 'vitest';
import { checkCases, open, password, type Case } from './case.js';
import { concat, settle, str, uint32 } from './raw-peer.js';

checkCases('after login', [
  [
    'W11 IGNORE and DEBUG are passed over',
    async (peer) => {
      await peer.echo();
      peer.send([2], str('x'));
      peer.send([4], [0], str('x'), str(''));
      peer.send([94], uint32(0), str('hello'));
      await settle();
      expect(peer.received.some((payload) => payload[0] === 94)).toBe(true);
    },
    undefined,
  ],
  [
    'an unknown number is answered UNIMPLEMENTED',
    async (peer) => {
      await peer.echo();
      peer.send([150]);
      await settle();
      expect(peer.received.at(-1)?.[0]).toBe(3);
    },
    undefined,
  ],
  [
    'ping is answered',
    async (peer) => {
      await peer.echo();
      peer.send([192], str('x'));
      await settle();
      expect(peer.received.at(-1)).toEqual(concat([193], str('x')));
    },
    undefined,
  ],
  [
    'keepalive is answered',
    async (peer) => {
      await peer.echo();
      peer.send([80], str('keepalive@openssh.com'), [1]);
      await settle();
      expect(peer.received.at(-1)).toEqual(Uint8Array.of(82));
    },
    undefined,
  ],
  [
    'authentication after success is passed over',
    async (peer, under) => {
      await peer.echo();
      peer.send(password('root', 'right'));
      await settle();
      expect(under.server.connections[0]?.user).toBe('guest');
    },
    undefined,
  ],
  [
    'W37 a maximum packet of zero',
    async (peer) => {
      await peer.login();
      peer.send([90], str('session'), uint32(0), uint32(2 ** 21), uint32(0));
    },
    2,
  ],
  [
    'W37 a truncated open',
    async (peer) => {
      await peer.login();
      peer.send([90], str('session'), uint32(0));
    },
    2,
  ],
  [
    'W37 an unknown type',
    async (peer) => {
      await peer.login();
      peer.send([90], str('nonsense'), uint32(7), uint32(0), uint32(1));
      await settle();
      expect(peer.received.at(-1)?.subarray(0, 9)).toEqual(concat([92], uint32(7), uint32(3)));
    },
    undefined,
  ],
  [
    'W38 too many sessions',
    async (peer) => {
      await peer.login();
      for (let id = 0; id < 12; id += 1) peer.send([90], str('session'), uint32(id), uint32(0), uint32(1024));
      await settle();
      expect(peer.received.filter((payload) => payload[0] === 91).length).toBe(10);
      expect(peer.received.filter((payload) => payload[0] === 92).map((payload) => payload[8])).toEqual([4, 4]);
    },
    undefined,
  ],
  ...[94, 96, 97, 98].map((number): Case => [
    `W38 ${number} on a channel that is not open`,
    async (peer) => {
      await peer.echo();
      peer.send([number], uint32(99), str('x'), [0]);
    },
    2,
  ]),
  [
    'W38 replies to nothing are passed over',
    async (peer) => {
      await peer.echo();
      for (let index = 0; index < 100; index += 1) {
        peer.send([81]);
        peer.send([82]);
        peer.send([99], uint32(0));
        peer.send([100], uint32(0));
      }
      peer.send([94], uint32(0), str('right'));
      for (let index = 0; index < 20; index += 1) await settle();
      expect(peer.received.at(-1)?.[0]).toBe(94);
    },
    undefined,
  ],
  [
    'W38 data after EOF',
    async (peer) => {
      await peer.login();
      peer.send(open);
      await settle();
      peer.send([96], uint32(0));
      peer.send([94], uint32(0), str('x'));
    },
    2,
  ],
]);
