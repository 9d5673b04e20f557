/** Group Q: time, memory and numbers that run out. W40, and the limits of small memory. */
import { smallMemoryLimits } from '@nacre/core';
import { expect } from 'vitest';
import type { Engine } from '../../../packages/core/src/engine/engine.js';
import { LiveConnection } from '../../../packages/core/src/server/connection.js';
import { bytes, concat, str, uint32 } from '../bytes.js';
import { open, type Case } from '../case.js';
import type { RawPeer } from '../raw-peer.js';
import { eventually, settle, type Subject } from '../subject.js';

/** Graces of the server under test, in ms. */
const KEY_EXCHANGE_GRACE = 20_000;
const LOGIN_GRACE = 30_000;

const small = { limits: smallMemoryLimits() };

/** Waits until the server has accepted the connection: its time runs from here. */
async function taken(under: Subject): Promise<void> {
  await eventually(() => engines(under).length > 0, 'the beginning of a connection');
}

/** Waits until the server has the peer's NEWKEYS, which may still be on its way when the peer has the server's. */
async function keyed(under: Subject): Promise<void> {
  await eventually(() => engines(under).some(({ hasKeys }) => hasKeys), "the peer's NEWKEYS");
}

function engines({ server }: Subject): readonly Engine[] {
  return server.connections.flatMap((it) => (it instanceof LiveConnection && it.engine) || []);
}

/** Ends exactly at `grace` after the beginning, and not before. */
async function endsAt(grace: number, peer: RawPeer, under: Subject, passed = 0): Promise<void> {
  under.clock.advance(grace - passed - 1);
  await settle();
  expect(peer.end).toBe(undefined);
  under.clock.advance(1);
  await eventually(() => peer.end !== undefined, 'the end of the grace');
}

export const graceCases: readonly Case[] = [
  [
    'W40 (a) silence ends at 20 s',
    async (peer, under) => {
      await taken(under);
      await endsAt(KEY_EXCHANGE_GRACE, peer, under);
    },
    11,
    { isOurs: true },
  ],
  [
    'W40 (b) a byte every five seconds puts nothing off',
    async (peer, under) => {
      await taken(under);
      for (const byte of bytes('SSH')) {
        under.clock.advance(5000);
        peer.raw(Uint8Array.of(byte));
        await settle();
      }
      await endsAt(KEY_EXCHANGE_GRACE, peer, under, 15_000);
    },
    11,
    { isOurs: true },
  ],
  [
    'W40 who keeps his NEWKEYS back is ended at 20 s',
    async (peer, under) => {
      peer.flush();
      await peer.until(() => peer.numbers.includes(21), "the server's NEWKEYS");
      peer.legalCalls.push('sign');
      await endsAt(KEY_EXCHANGE_GRACE, peer, under);
    },
    11,
    { isOurs: true, peer: { stop: { before: 21, exchange: 0 } } },
  ],
  [
    'W40 (c) who stops behind the key exchange is ended at 30 s',
    async (peer, under) => {
      await peer.exchange();
      await keyed(under);
      await endsAt(LOGIN_GRACE, peer, under);
    },
    11,
    { isOurs: true },
  ],
  [
    'W40 (d) who stops behind the service request is ended at 30 s',
    async (peer, under) => {
      await peer.requestService();
      await endsAt(LOGIN_GRACE, peer, under);
    },
    11,
    { isOurs: true },
  ],
];

export const smallMemoryCases: readonly Case[] = [
  [
    'small memory: a message of more than 1 KiB of data',
    async (peer) => {
      await peer.echo();
      peer.send([94], uint32(0), str('x'.repeat(1025)));
    },
    2,
    { server: small, isOurs: true },
  ],
  [
    'small memory: 8 KiB of data fit, and the byte behind them does not',
    async (peer) => {
      await peer.login();
      await peer.ask(91, open);
      for (let index = 0; index < 8; index += 1) peer.send([94], uint32(0), str('x'.repeat(1024)));
      await peer.fence();
      expect(peer.end).toBe(undefined);
      peer.send([94], uint32(0), str('x'));
    },
    2,
    { server: small, isOurs: true },
  ],
  [
    'small memory: a packet of more than 35,000 bytes',
    async (peer) => {
      await peer.login();
      peer.raw(peer.seal(concat([2], str('x'.repeat(36_000)))));
    },
    5,
    { server: small, isOurs: true },
  ],
  [
    'small memory: a third session is refused, the connection goes on',
    async (peer) => {
      await peer.login();
      await peer.ask(91, open);
      await peer.ask(91, open);
      const refusal = await peer.ask(92, open);
      expect(refusal.slice(5, 9)).toEqual(uint32(4));
    },
    undefined,
    { server: small, isOurs: true },
  ],
];
