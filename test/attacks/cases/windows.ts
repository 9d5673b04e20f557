/** Group I, RFC 4254 §5.2: more than a window or a packet has room for. W36. */
import { expect } from 'vitest';
import type { Session } from '@nacre/core';
import { concat, str, uint32 } from '../bytes.js';
import type { Case } from '../case.js';

/** As many a program reads: until it gets nothing. */
async function echoesUntilEmpty(session: Session): Promise<void> {
  for (let chunk = await session.read(); chunk?.length; chunk = await session.read()) await session.write(chunk);
}

const neverReads = (): Promise<number> => new Promise(() => undefined);

export const windowCases: readonly Case[] = [
  [
    'W36 a window of more than 2^32-1',
    async (peer) => {
      await peer.echo();
      peer.send([93], uint32(0), uint32(0xffffffff));
      peer.send([93], uint32(0), uint32(0xffffffff));
    },
    2,
  ],
  [
    'W36 a window adjustment of zero is legal',
    async (peer) => {
      await peer.echo();
      peer.send([93], uint32(0), uint32(0));
    },
    undefined,
  ],
  [
    'data without a byte is legal, and wakes no handler',
    async (peer) => {
      await peer.echo();
      peer.send([94], uint32(0), str(''));
      await peer.echoes('still here');
    },
    undefined,
    { server: { session: echoesUntilEmpty } },
  ],
  [
    'W36 data over the maximum packet',
    async (peer) => {
      await peer.echo();
      peer.send([94], uint32(0), str(new Uint8Array(2 ** 15 + 1)));
    },
    2,
  ],
  ...[
    ['94 that fill the window and one byte more', concat([94], uint32(0), str('x'))],
    ['95 over the window', concat([95], uint32(0), uint32(1), str('x'))],
  ].map(([name, over]): Case => [
    `W36 ${name as string}`,
    async (peer, under) => {
      await peer.echo();
      for (let sent = 0; sent < 4; sent += 1) peer.send([94], uint32(0), str(new Uint8Array(256)));
      await peer.fence();
      peer.send(over as Uint8Array);
      await peer.until(() => peer.end !== undefined, 'the end');
      expect(under.delivered).toBe(0);
    },
    2,
    {
      calls: ['command'],
      server: {
        limits: { connection: { window: 1024, packet: 256 } },
        // The case comes from here; who looks whether the server is well comes from elsewhere, and is read from.
        hooks: {
          command: ({ connection }) => (connection.peer.remoteAddress === '127.0.0.1' ? neverReads : undefined),
        },
      },
    },
  ]),
];
