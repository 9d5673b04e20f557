/** Groups N and P, RFC 4253 §6.2: a hostile server that compresses. W39, played to our client. */
import { zlib } from '@nacre/core/zlib';
import { str } from '../bytes.js';
import { hostKey, type ClientCase, type ClientCaseOptions } from '../client-case.js';
import {
  BOUNDS,
  compressing,
  COMPRESSIONS,
  legally,
  LIES,
  type CompressionName,
  type Lie,
} from '../compressing-end.js';

/** A client that accepts compression, and a server that tells `lie`. */
const options = (name: CompressionName, lie: Lie): ClientCaseOptions => ({
  client: { algorithms: { rows: [zlib], compressions: name } },
  server: { hostKey, ...compressing(name, lie) },
  sends: [5, 7, 21, 50, 90, 94, 98],
  calls: ['password'],
});

/** Once the client's login has been granted: from then on everything is compressed. */
const lies = (name: CompressionName, what: string, lie: Lie, more: ClientCaseOptions = {}): ClientCase => [
  `W39b ${name}: ${what}`,
  6,
  {
    ...options(name, lie),
    ...more,
    error: 'CompressionError',
    act: async (server) => {
      server.flush();
      await server.until(() => server.numbers.includes(50), 'a login');
      server.send([2], str('?'.repeat(2000)));
      server.send([2], str('!'.repeat(2000)));
    },
  },
];

export const compressionClientCases: readonly ClientCase[] = [
  ...COMPRESSIONS.map((compression): ClientCase => [
    `W39a ${compression}: by default there is none`,
    3,
    { server: { compression }, error: 'KeyExchangeError', isOurs: true },
  ]),
  ...COMPRESSIONS.map((name): ClientCase => [
    `W39 ${name}: what is legal is read, after a rekey too`,
    undefined,
    {
      ...options(name, legally),
      act: async (server) => {
        server.flush();
        await server.until(() => server.numbers.includes(50), 'a login');
        server.transport.rekey();
        server.flush();
        await server.until(() => server.transport.exchanges === 2, 'the rekey');
        server.send([2], str('compressed, anew'));
      },
    },
  ]),
  ...COMPRESSIONS.flatMap((name) => [
    // Each implementation decides how large an inflated packet may be.
    ...BOUNDS.map(([what, lie]) => lies(name, what, lie, { isOurs: true })),
    ...LIES.map(([what, lie]) => lies(name, what, lie)),
  ]),
  [
    'W39b before authentication a payload has 35,000 bytes at most',
    6,
    {
      ...options('zlib', legally),
      error: 'CompressionError',
      isOurs: true,
      server: { hostKey, ...compressing('zlib', legally), ignores: [50] },
      act: async (server) => {
        server.flush();
        await server.until(() => server.numbers.includes(50), 'a login');
        server.send([2], str(new Uint8Array(40_000)));
      },
    },
  ],
];
