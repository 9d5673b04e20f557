/** What each runtime offers if no algorithms are configured, in the runtime itself: what it does badly is left out or comes last. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../interop/processes.js';
import type { Offers } from './offers.js';
import { places, type Place } from './one-program.js';

const CHACHA20 = 'chacha20-poly1305@openssh.com';
const GCM = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'];
const CTR = ['aes256-ctr', 'aes192-ctr', 'aes128-ctr'];
/** What a server offers everywhere, and what a client prefers everywhere. */
const EXCHANGES = [
  'mlkem768x25519-sha256',
  'sntrup761x25519-sha512',
  'sntrup761x25519-sha512@openssh.com',
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
];

interface Row {
  readonly place: Place;
  /** Imports `crypto`, or makes a promise of it. */
  readonly provider: string;
  readonly ciphers: readonly string[];
  /** Whether a client offers the Diffie-Hellman groups modulo a prime. */
  readonly hasGroups: boolean;
}

const edge = (name: string): string => `import { ${name}Crypto as crypto } from '@nacre/edge/${name}-crypto';`;

const rows: readonly Row[] = [
  {
    place: places.node,
    provider: edge('node'),
    ciphers: [...GCM, CHACHA20, ...CTR],
    hasGroups: true,
  },
  { place: places.deno, provider: edge('deno'), ciphers: [CHACHA20, ...GCM, ...CTR], hasGroups: true },
  { place: places.bun, provider: edge('bun'), ciphers: [...GCM, ...CTR, CHACHA20], hasGroups: false },
  { place: places.workerd, provider: edge('workers'), ciphers: [...GCM, ...CTR], hasGroups: true },
  {
    place: places.browser,
    provider: "import { browserCrypto } from '@nacre/web-terminal'; const crypto = browserCrypto();",
    ciphers: [...GCM, ...CTR],
    hasGroups: true,
  },
];

describe.each(rows)('$place.name', ({ place, provider, ciphers, hasGroups }) => {
  test.skipIf(place.isMissing)('offers what it does well, by itself', async () => {
    const source = `${provider}
      import { offers } from './offers.js';
      const say = async () => offers(await crypto);`;
    const { server, client }: Offers = JSON.parse(await place.run(await temporaryFolder(onTestFinished), source));
    expect(server).toEqual({ keyExchanges: EXCHANGES, ciphers });
    expect(client.ciphers).toEqual(ciphers);
    const groups = client.keyExchanges.filter((name) => name.startsWith('diffie-hellman-'));
    expect(groups.length > 0).toBe(hasGroups);
    expect(client.keyExchanges.slice(0, EXCHANGES.length)).toEqual(EXCHANGES);
  });
});
