/** `@nacre/core/legacy` against OpenSSH in both roles: CBC, and MACs of SHA-1 and MD5, once both sides ask for them. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AlgorithmOptions } from '@nacre/core';
import { legacy } from '@nacre/core/legacy';
import { nodeLegacy } from '@nacre/edge/node-legacy';
import { testKey } from './keys.js';
import { openssh, opensshSupports, TARGET } from './openssh.js';
import { startOurServer } from './our-server.js';
import { connectTo } from './our-client.js';
import { isMissing } from './processes.js';
import { canRunServers, startSshd, type StockServer } from './stock-servers.js';

const supports = isMissing('ssh') ? () => true : opensshSupports();
const ciphers = Object.keys({ ...legacy.ciphers, ...nodeLegacy.ciphers }).filter(supports);
const macs = Object.keys(legacy.macs).filter(supports);

/** Every cipher with a MAC before and after encryption, every MAC with CTR and CBC. */
const CASES: readonly (readonly [cipher: string, mac: string])[] = [
  ...ciphers.flatMap((cipher) => [
    [cipher, 'hmac-sha2-256'] as const,
    [cipher, 'hmac-sha2-256-etm@openssh.com'] as const,
  ]),
  ...macs.flatMap((mac) => [['aes128-ctr', mac] as const, ['aes128-cbc', mac] as const]),
];

const only = (cipher: string, mac: string): AlgorithmOptions => ({
  rows: [legacy, nodeLegacy],
  ciphers: cipher,
  macs: mac,
});

test.skipIf(isMissing('ssh'))('OpenSSH has them all but those it has removed', () => {
  expect([...ciphers, ...macs]).toHaveLength(4 + 8);
});

describe.skipIf(isMissing('ssh'))('OpenSSH’s client', () => {
  test.each(CASES)('%s with %s', async (cipher, mac) => {
    const server = await startOurServer(onTestFinished, {
      algorithms: only(cipher, mac),
      hostKeys: [await testKey('ssh-ed25519')],
      rekey: { bytes: 200_000 },
    });
    const { ssh } = await openssh(onTestFinished, server);
    const input = randomBytes(600_000);
    const words = ['-o', `Ciphers=${cipher}`, '-o', `MACs=${mac}`, TARGET, 'cat'];
    const { code, stdout, stderr } = await ssh(words, { input }).finished;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.equals(input)).toBe(true);
    expect(server.connections[0]?.negotiated?.clientToServer).toMatchObject({ cipher, mac });
  });

  test('finds nothing of this in a server that was not told to offer it', async () => {
    const server = await startOurServer(onTestFinished, { algorithms: { rows: [legacy, nodeLegacy] } });
    const { ssh } = await openssh(onTestFinished, server);
    const { code, stderr } = await ssh(['-o', `Ciphers=${ciphers.join(',')}`, TARGET, 'echo in']).finished;
    expect([code, stderr]).toEqual([255, expect.stringContaining('no matching cipher found')]);
  });
});

describe.skipIf(!canRunServers || isMissing('sshd', 'ssh'))('sshd', () => {
  const undo: (() => void | Promise<void>)[] = [];
  let server: StockServer;
  beforeAll(async () => {
    const lines = [`Ciphers +${ciphers.join(',')}`, `MACs +${macs.join(',')}`];
    server = await startSshd((step) => void undo.unshift(step), lines);
  });
  afterAll(async () => {
    for (const step of undo) await step();
  });

  test.each(CASES)('%s with %s', async (cipher, mac) => {
    const client = await connectTo(onTestFinished, server, {
      algorithms: only(cipher, mac),
      credentials: [{ method: 'publickey', key: await testKey('ssh-ed25519') }],
      rekey: { bytes: 200_000 },
    });
    const input = randomBytes(600_000);
    const { stdout, exitCode } = await client.exec('cat', { stdin: input });
    expect(exitCode).toBe(0);
    expect(Buffer.from(stdout).equals(input)).toBe(true);
    expect(client.negotiated?.serverToClient).toMatchObject({ cipher, mac });
  });
});
