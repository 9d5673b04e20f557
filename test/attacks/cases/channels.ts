/** Group I, RFC 4254 §5: hostile messages about channels from a client that is logged in. W37, W38. */
import { accept, type ServerConnection } from '@nacre/core';
import { expect } from 'vitest';
import { concat, str, uint32 } from '../bytes.js';
import type { Case } from '../case.js';
import type { RawPeer } from '../raw-peer.js';
import { eventually, settle } from '../subject.js';
import { LiveConnection } from '../../../packages/core/src/server/connection.js';

const SESSION = [str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15)] as const;
/** A hook that decides nothing for the peer of the case while its connection lives; who looks whether the server is well comes from elsewhere. */
const undecided = async ({ connection }: { readonly connection: ServerConnection }): Promise<void> => {
  if (connection.peer.remoteAddress !== '127.0.0.1' || !(connection instanceof LiveConnection)) return;
  await eventually(() => connection.engine?.isClosed === true, 'the end');
};

/** Sends an open and returns the answer. */
const opens = (peer: RawPeer, answer: 91 | 92, ...open: readonly (Uint8Array | number[])[]): Promise<Uint8Array> =>
  peer.ask(answer, [90], ...open);

/** A payload that ends the connection, sent after a legal echo. */
const after = (name: string, ...payload: readonly (Uint8Array | number[])[]): Case => [
  name,
  async (peer) => {
    await peer.echo();
    peer.send(...payload);
  },
  2,
];

/** Reason 3, whatever the type is called. */
const unknownType = (name: string, type: string): Case => [
  `W37 a type ${name}`,
  async (peer) => {
    await peer.login();
    const answer = await opens(peer, 92, str(type), uint32(7), uint32(1), uint32(1));
    expect(answer.subarray(0, 9)).toEqual(concat([92], uint32(7), uint32(3)));
    expect(answer.length).toBeLessThan(200);
  },
  undefined,
];

const openOf = concat([90], ...SESSION);

export const openCases: readonly Case[] = [
  unknownType('with NUL', 'session\0'),
  unknownType('that is empty', ''),
  unknownType('that is a property of objects', '__proto__'),
  [
    'W37 a type that is no text',
    async (peer) => {
      await peer.login();
      peer.send([90], str(Uint8Array.of(0xff, 0xfe)), uint32(0), uint32(1), uint32(1));
    },
    2,
  ],
  ...[1, 4, 8, 12, 15, 19, 23, openOf.length - 1].map((length): Case => [
    `W37 an open cut after ${length} bytes`,
    async (peer) => {
      await peer.login();
      peer.send(openOf.subarray(0, length));
    },
    2,
  ]),
  [
    'W37 a sender’s number twice makes two channels that know nothing of each other',
    async (peer) => {
      await peer.login();
      const first = await opens(peer, 91, ...SESSION);
      const second = await opens(peer, 91, ...SESSION);
      expect([first.subarray(5, 9), second.subarray(5, 9)]).toEqual([uint32(0), uint32(1)]);
      await peer.ask(99, [98], uint32(1), str('exec'), [1], str('cat'));
      peer.send([94], uint32(1), str('two'));
      await peer.receives(94);
    },
    undefined,
    { calls: ['command', 'session'] },
  ],
  [
    'W37 a window of 0 is legal: nothing is sent until there is one',
    async (peer) => {
      await peer.login();
      await opens(peer, 91, str('session'), uint32(0), uint32(0), uint32(2 ** 15));
      await peer.ask(99, [98], uint32(0), str('exec'), [1], str('cat'));
      peer.send([94], uint32(0), str('x'));
      await peer.fence();
      await settle();
      expect(peer.numbers).not.toContain(94);
      peer.send([93], uint32(0), uint32(1));
      await peer.receives(94);
    },
    undefined,
    { calls: ['command', 'session'] },
  ],
  [
    'W38 channels whose opening is never decided count',
    async (peer) => {
      await peer.login();
      for (let id = 0; id < 130; id += 1) peer.send([90], str('x@y'), uint32(id), uint32(0), uint32(1024));
      const refused = (): readonly Uint8Array[] => peer.received.filter((payload) => payload[0] === 92);
      await peer.until(() => refused().length === 30, 'thirty refusals');
      expect(new Set(refused().map((payload) => payload[8]))).toEqual(new Set([4]));
    },
    undefined,
    { calls: ['channel'], server: { hooks: { none: () => accept, channel: undecided } } },
  ],
];

const NUMBERS = [93, 94, 95, 96, 97, 98, 99, 100] as const;

/** A message about channel `id` that is legal except for the id. */
function about(number: number, id: number): Uint8Array {
  const tails: Readonly<Record<number, Uint8Array>> = {
    93: uint32(1),
    94: str('x'),
    95: concat(uint32(1), str('x')),
    98: concat(str('exec'), [1], str('id')),
  };
  return concat([number], uint32(id), tails[number] ?? new Uint8Array(0));
}

export const idCases: readonly Case[] = [
  ...[99, 0xffff_ffff].flatMap((id) =>
    NUMBERS.map((number) => after(`W38 ${number} on channel ${id}`, about(number, id))),
  ),
  ...NUMBERS.map((number): Case => [
    `W38 ${number} on a channel that is closed on both sides`,
    async (peer) => {
      await peer.echo();
      await peer.ask(97, [97], uint32(0));
      peer.send(about(number, 0));
    },
    2,
  ]),
  ...NUMBERS.map((number): Case => [
    `W38 ${number} on a channel that is not confirmed yet`,
    async (peer) => {
      await peer.login();
      peer.send([90], ...SESSION);
      peer.send(about(number, 0));
    },
    2,
    { calls: ['channel'], server: { hooks: { none: () => accept, channel: undecided } } },
  ]),
  ...[91, 92].map((number) =>
    after(
      `W38 ${number} for a channel that the server never asked for`,
      number === 91
        ? concat([91], uint32(0), uint32(0), uint32(1), uint32(1))
        : concat([92], uint32(0), uint32(1), str(''), str('')),
    ),
  ),
];

export const floodCases: readonly Case[] = [
  [
    'W38 EOF twice is passed over',
    async (peer) => {
      await peer.echo();
      const over = peer.receives(97);
      peer.send([96], uint32(0));
      peer.send([96], uint32(0));
      await over;
    },
    undefined,
  ],
  [
    'W38 extended data after EOF',
    async (peer) => {
      await peer.login();
      await opens(peer, 91, ...SESSION);
      peer.send([96], uint32(0));
      peer.send([95], uint32(0), uint32(1), str('x'));
    },
    2,
  ],
  [
    'extended data of kinds that a client does not have is dropped, and costs it no window for ever',
    async (peer, under) => {
      await peer.echo();
      for (const kind of [0, 1, 2, 0xffff_ffff]) peer.send([95], uint32(0), uint32(kind), str('x'));
      await peer.echoes('after');
      expect(under.delivered).toBe('after'.length);
    },
    undefined,
  ],
  [
    'requests whose answer is never decided are bounded',
    async (peer) => {
      await peer.login();
      await opens(peer, 91, ...SESSION);
      for (let index = 0; index < 70; index += 1) peer.send([98], uint32(0), str('x@y'), [1]);
    },
    2,
    { calls: ['channelRequest'], server: { hooks: { none: () => accept, channelRequest: undecided } } },
  ],
  ...['pty-req', 'env', 'exec', 'subsystem', 'window-change', 'signal'].map((type): Case => [
    `${type} cut short`,
    async (peer) => {
      await peer.login();
      await opens(peer, 91, ...SESSION);
      peer.send([98], uint32(0), str(type), [1], uint32(0x7fff_ffff));
    },
    2,
  ]),
  [
    'eow@openssh.com many times is legal',
    async (peer) => {
      await peer.echo();
      for (let index = 0; index < 50; index += 1) peer.send([98], uint32(0), str('eow@openssh.com'), [0]);
      await peer.fence();
    },
    undefined,
  ],
];

/** Too much to be sent byte by byte, as are the floods. */
export const bulkCases: readonly Case[] = [unknownType('of 64 KiB', 'a'.repeat(2 ** 16))];

/** Far more messages than any bound allows: so many `thousands`, which titles call `name`. */
export const floods = (name: string, thousands: number): readonly Case[] => [
  [
    `W38 ${name} sessions: ten are opened, and memory is flat`,
    async (peer) => {
      await peer.login();
      for (let id = 0; id < 1000 * thousands; id += 1) {
        peer.send([90], str('session'), uint32(id), uint32(0), uint32(1024));
        if (id % 500 === 499) await peer.fence();
      }
      await peer.fence();
      expect(peer.numbers.filter((number) => number === 91).length).toBe(10);
      const refused = peer.received.filter((payload) => payload[0] === 92);
      expect([refused.length, new Set(refused.map((payload) => payload[8]))]).toEqual([
        1000 * thousands - 10,
        new Set([4]),
      ]);
    },
    undefined,
  ],
  [
    `W38 ${name} replies to nothing are passed over, and the next request is right`,
    async (peer) => {
      await peer.echo();
      for (let index = 0; index < 250 * thousands; index += 1) {
        peer.send([81]);
        peer.send([82]);
        peer.send([99], uint32(0));
        peer.send([100], uint32(0));
        if (index % 250 === 249) await peer.fence();
      }
      await peer.echoes('right');
    },
    undefined,
  ],
  [
    `${name} empty data messages reach nobody`,
    async (peer, under) => {
      await peer.echo();
      for (let index = 0; index < 1000 * thousands; index += 1) {
        peer.send([94], uint32(0), str(''));
        if (index % 500 === 499) await peer.fence();
      }
      await peer.echoes('x');
      expect(under.delivered).toBe(1);
    },
    undefined,
  ],
];
