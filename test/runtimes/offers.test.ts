/** What each runtime offers by the static rule for it, in the runtime itself: what it does badly is left out or comes last. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../interop/processes.js';
import type { Offers } from './offers.js';
import { places, type Place } from './one-program.js';

const CHACHA20 = 'chacha20-poly1305@openssh.com';
const GCM = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'];
const CTR = ['aes256-ctr', 'aes192-ctr', 'aes128-ctr'];
/** What a server offers everywhere, and what a client has before all else. */
const EXCHANGES = [
  'mlkem768x25519-sha256',
  'sntrup761x25519-sha512',
  'sntrup761x25519-sha512@openssh.com',
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
];

interface Row {
  readonly place: Place;
  /** Imports `algorithms`, and `crypto` or a promise of it. */
  readonly imports: string;
  readonly ciphers: readonly string[];
  /** Whether a client takes the groups of numbers modulo a prime. */
  readonly hasGroups: boolean;
}

const edge = (name: string): string =>
  `import { ${name}Algorithms as algorithms } from '@nacre/edge/${name}';
   import { ${name}Crypto as crypto } from '@nacre/edge/${name}-crypto';`;

const rows: readonly Row[] = [
  {
    place: places.node,
    imports: "import { nodeCrypto as crypto } from '@nacre/edge/node-crypto'; const algorithms = {};",
    ciphers: [...GCM, CHACHA20, ...CTR],
    hasGroups: true,
  },
  { place: places.deno, imports: edge('deno'), ciphers: [CHACHA20, ...GCM, ...CTR], hasGroups: true },
  { place: places.bun, imports: edge('bun'), ciphers: [...GCM, ...CTR, CHACHA20], hasGroups: false },
  { place: places.workerd, imports: edge('workers'), ciphers: [...GCM, ...CTR], hasGroups: true },
  {
    place: places.browser,
    imports: `import { browserAlgorithms as algorithms, browserCrypto } from '@nacre/web-terminal';
      const crypto = browserCrypto();`,
    ciphers: [...GCM, ...CTR],
    hasGroups: true,
  },
];

describe.each(rows)('$place.name', ({ place, imports, ciphers, hasGroups }) => {
  test.skipIf(place.isMissing)('offers what it does well', async () => {
    const source = `${imports}
      import { offers } from './offers.js';
      const say = async () => offers(algorithms, await crypto);`;
    const { server, client }: Offers = JSON.parse(await place.run(await temporaryFolder(onTestFinished), source));
    expect(server).toEqual({ keyExchanges: EXCHANGES, ciphers });
    expect(client.ciphers).toEqual(ciphers);
    const groups = client.keyExchanges.filter((name) => name.startsWith('diffie-hellman-'));
    expect(groups.length > 0).toBe(hasGroups);
    expect(client.keyExchanges.slice(0, EXCHANGES.length)).toEqual(EXCHANGES);
  });
});
