/** Group P, RFC 4253 §6.2: payloads that are bombs, corrupt, or incomplete. W39. */
import { zlib } from '@nacre/core/zlib';
import { str, uint32 } from '../bytes.js';
import type { Case, CaseOptions } from '../case.js';
import {
  BOUNDS,
  compressing,
  COMPRESSIONS,
  legally,
  LIES,
  type CompressionName,
  type Lie,
} from '../compressing-end.js';
import type { RawPeer } from '../raw-peer.js';

/** A server that accepts compression, and a peer that tells `lie`. */
const options = (name: CompressionName, lie: Lie): CaseOptions => ({
  server: { algorithms: { rows: [zlib], compressions: `+${name}` } },
  peer: compressing(name, lie),
});

async function strike(peer: RawPeer): Promise<void> {
  await peer.echo();
  await peer.echoes('compressed');
  peer.send([94], uint32(0), str('!'.repeat(2000)));
  await peer.fence();
}

export const compressionCases: readonly Case[] = [
  ...COMPRESSIONS.map((compression): Case => [
    `W39a ${compression}: by default there is none`,
    (peer) => peer.flush(),
    3,
    { peer: { compression }, isOurs: true },
  ]),
  ...COMPRESSIONS.map((name): Case => [
    `W39 ${name}: what is legal is echoed, after a rekey too`,
    async (peer) => {
      await peer.echo();
      await peer.echoes('compressed');
      await peer.rekey();
      await peer.echoes('compressed, anew');
    },
    undefined,
    options(name, legally),
  ]),
  ...COMPRESSIONS.flatMap((name): readonly Case[] => [
    // Each implementation decides how large an inflated packet may be.
    ...BOUNDS.map(([what, lie]): Case => [`W39b ${name}: ${what}`, strike, 6, { ...options(name, lie), isOurs: true }]),
    ...LIES.map(([what, lie]): Case => [`W39b ${name}: ${what}`, strike, 6, options(name, lie)]),
  ]),
  [
    'W39b before authentication a payload has 35,000 bytes at most',
    async (peer) => {
      await peer.requestService();
      peer.send([2], str(new Uint8Array(40_000)));
      await peer.fence();
    },
    6,
    options('zlib', legally),
  ],
];
