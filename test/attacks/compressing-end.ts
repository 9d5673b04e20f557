/** RFC 4253 §6.2, OpenSSH's PROTOCOL §1.2 for tests: an end of either role that compresses, and may lie about a payload. */
import { Deflate, Inflate, Z_FINISH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, type Z_FlushMode } from 'pako';
import { concat } from './bytes.js';
import type { RawTransportOptions } from './raw-transport.js';

export type CompressionName = 'zlib' | 'zlib@openssh.com';
export const COMPRESSIONS: readonly CompressionName[] = ['zlib', 'zlib@openssh.com'];

type Flow = (payload: Uint8Array, flush: Z_FlushMode) => Uint8Array;

/** One direction, with a state that carries over from payload to payload. */
function flow(stream: Deflate | Inflate): Flow {
  let chunks: Uint8Array[] = [];
  stream.onData = (chunk) => void chunks.push(chunk.slice());
  return (payload, flush) => {
    chunks = [];
    stream.push(payload, flush);
    return concat(...chunks);
  };
}

/** What a payload becomes. */
export type Lie = (payload: Uint8Array, deflate: Flow) => Uint8Array;

export const legally: Lie = (payload, deflate) => deflate(payload, Z_PARTIAL_FLUSH);

/** Empty stored blocks. */
const emptyBlocks = (count: number): Uint8Array =>
  Uint8Array.from({ length: 5 * count }, (_, index) => [0, 0, 0, 0xff, 0xff][index % 5]!);

/** Legal, and more than we accept. */
export const BOUNDS: readonly (readonly [name: string, lie: Lie])[] = [
  // Eight times what a packet may hold, in 2 KiB; `zlib.test.ts` has the bomb of 255 MiB.
  ['a bomb', (payload, deflate) => deflate(concat(payload, new Uint8Array(2 * 2 ** 20)), Z_PARTIAL_FLUSH)],
  [
    'a payload with thousands of blocks without content',
    (payload, deflate) => concat(deflate(payload, Z_SYNC_FLUSH), emptyBlocks(2000)),
  ],
];

/** Not a compressed payload. */
export const LIES: readonly (readonly [name: string, lie: Lie])[] = [
  ['a corrupt stream', (payload, deflate) => deflate(payload, Z_PARTIAL_FLUSH).map((byte) => byte ^ 0xff)],
  // In the middle of its only block: after it there are only the flush markers.
  ['a stream split over packets', (payload, deflate) => deflate(payload, Z_SYNC_FLUSH).subarray(0, 12)],
  ['a stream that ends', (payload, deflate) => deflate(payload, Z_FINISH)],
  ['no compression where it was agreed on', (payload) => payload],
  ['blocks without content, and no payload', () => emptyBlocks(100)],
];

/** The lie concerns data and SSH_MSG_IGNORE that end with this. */
const isMarked = (payload: Uint8Array): boolean =>
  (payload[0] === 94 || payload[0] === 2) && payload.at(-1) === '!'.charCodeAt(0);

/** An end that compresses as it should, but for what is marked. */
export function compressing(name: CompressionName, lie: Lie): RawTransportOptions {
  let deflate: Flow;
  let inflate: Flow;
  let hasBegun = false;
  /** Both directions begin behind SUCCESS, or with the first keys. */
  const passed = (payload: Uint8Array): void => {
    if (payload[0] === 52) hasBegun = true;
  };
  const outgoing = (payload: Uint8Array): Uint8Array => {
    if (!hasBegun) {
      passed(payload);
      return payload;
    }
    if (isMarked(payload)) return lie(payload, deflate);
    const compressed = deflate(payload, Z_PARTIAL_FLUSH);
    if (payload[0] === 21) deflate = flow(new Deflate());
    return compressed;
  };
  const incoming = (received: Uint8Array): Uint8Array => {
    const payload = hasBegun ? inflate(received, Z_SYNC_FLUSH) : received;
    passed(payload);
    if (payload[0] === 21) inflate = flow(new Inflate());
    return payload;
  };
  return {
    compression: name,
    kexinit: (legal, exchange) => {
      if (exchange > 0) return legal;
      hasBegun = name === 'zlib';
      deflate = flow(new Deflate());
      inflate = flow(new Inflate());
      return legal;
    },
    transform: { outgoing, incoming },
  };
}
