/** Group P, RFC 4253 §6.2: payloads that are bombs, corrupt, or not whole. W39. */
import { Deflate, Inflate, Z_FINISH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, type Z_FlushMode } from 'pako';
import { zlib } from '@nacre/core/zlib';
import { concat, str, uint32 } from '../bytes.js';
import type { Case, CaseOptions } from '../case.js';
import type { RawPeer } from '../raw-peer.js';

type Flow = (payload: Uint8Array, flush: Z_FlushMode) => Uint8Array;

/** One direction, with a state that goes on from payload to payload. */
function flow(stream: Deflate | Inflate): Flow {
  let chunks: Uint8Array[] = [];
  stream.onData = (chunk) => void chunks.push(chunk.slice());
  return (payload, flush) => {
    chunks = [];
    stream.push(payload, flush);
    return concat(...chunks);
  };
}

/** What a payload becomes; by default it is compressed as it should be. */
type Lie = (payload: Uint8Array, deflate: Flow) => Uint8Array;

/** A peer that compresses; `lie` is told the payloads of message 94 whose data begins with `!`. */
function compressing(name: 'zlib' | 'zlib@openssh.com', lie: Lie): CaseOptions {
  let deflate: Flow;
  let inflate: Flow;
  let hasBegun = false;
  const begin = (): void => {
    deflate = flow(new Deflate());
    inflate = flow(new Inflate());
  };
  const compress = (payload: Uint8Array): Uint8Array => {
    if (!hasBegun) return payload;
    if (payload[0] === 94 && payload[9] === 0x21) return lie(payload, deflate);
    const compressed = deflate(payload, Z_PARTIAL_FLUSH);
    if (payload[0] === 21) deflate = flow(new Deflate());
    return compressed;
  };
  const decompress = (received: Uint8Array): Uint8Array => {
    const payload = hasBegun ? inflate(received, Z_SYNC_FLUSH) : received;
    if (payload[0] === 52) hasBegun = true;
    if (payload[0] === 21) inflate = flow(new Inflate());
    return payload;
  };
  return {
    server: { algorithms: { rows: [zlib], compressions: `+${name}` } },
    peer: {
      compression: name,
      kexinit: (legal, exchange) => {
        if (exchange > 0) return legal;
        hasBegun = name === 'zlib';
        begin();
        return legal;
      },
      transform: { outgoing: compress, incoming: decompress },
    },
  };
}

const legally: Lie = (payload, deflate) => deflate(payload, Z_PARTIAL_FLUSH);

async function strike(peer: RawPeer): Promise<void> {
  await peer.echo();
  await peer.echoes('compressed');
  peer.send([94], uint32(0), str('!'.repeat(2000)));
  await peer.fence();
}

/** Zeros behind a payload, 8 MiB in 8 KiB: byte by byte more would take long. `zlib.test.ts` has the bomb of 255 MiB. */
function bomb(payload: Uint8Array, deflate: Flow): Uint8Array {
  return deflate(concat(payload, new Uint8Array(8 * 2 ** 20)), Z_PARTIAL_FLUSH);
}

const OPENSSH = 'zlib@openssh.com';

export const compressionCases: readonly Case[] = [
  ['W39a by default there is none', (peer) => peer.flush(), 3, { peer: { compression: OPENSSH }, isOurs: true }],
  ...(['zlib', OPENSSH] as const).map((name): Case => [
    `W39 ${name}: what is legal is echoed, after a rekey too`,
    async (peer) => {
      await peer.echo();
      await peer.echoes('compressed');
      await peer.rekey();
      await peer.echoes('compressed, anew');
    },
    undefined,
    compressing(name, legally),
  ]),
  // How much may come of a packet is everybody's own affair.
  ['W39b a bomb', strike, 6, { ...compressing(OPENSSH, bomb), isOurs: true }],
  [
    'W39b a corrupt stream',
    strike,
    6,
    compressing(OPENSSH, (payload, deflate) => deflate(payload, Z_PARTIAL_FLUSH).map((byte) => byte ^ 0xff)),
  ],
  [
    'W39b a stream split over packets',
    strike,
    6,
    // In the middle of its one block: behind it only the marks of the flush follow.
    compressing(OPENSSH, (payload, deflate) => deflate(payload, Z_SYNC_FLUSH).subarray(0, 12)),
  ],
  ['W39b a stream that ends', strike, 6, compressing(OPENSSH, (payload, deflate) => deflate(payload, Z_FINISH))],
  ['W39b no compression where it was agreed on', strike, 6, compressing(OPENSSH, (payload) => payload)],
  [
    'W39b thousands of blocks without content',
    strike,
    6,
    compressing(OPENSSH, () => Uint8Array.from({ length: 10_000 }, (_, index) => [0, 0, 0, 0xff, 0xff][index % 5]!)),
  ],
  [
    'W39b before authentication a payload has 35,000 bytes at most',
    async (peer) => {
      await peer.requestService();
      peer.send([2], str(new Uint8Array(40_000)));
      await peer.fence();
    },
    6,
    compressing('zlib', legally),
  ],
];
