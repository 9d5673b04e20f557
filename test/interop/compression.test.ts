/** `zlib@openssh.com` and `zlib` with OpenSSH and dropbear in both roles and with PuTTY: data both ways, across rekeys. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AlgorithmOptions } from '@nacre/core';
import { zlib } from '@nacre/core/zlib';
import { dbclient, plink, type StockClient } from './clients.js';
import { testKey } from './keys.js';
import { openssh, TARGET } from './openssh.js';
import { connectTo } from './our-client.js';
import { startOurServer, type OurServer } from './our-server.js';
import { isMissing, type Cleanup, type Finished } from './processes.js';
import { canRunServers, startDropbear, startSshd, type StockServer } from './stock-servers.js';

/** Rekeys are frequent here, and this exchange is the cheapest. */
const keyExchanges = 'curve25519-sha256';

const compressing = (compressions: string): AlgorithmOptions => ({ rows: [zlib], keyExchanges, compressions });

/** Text, noise, and text again: what compresses, and what does not. */
const input = Buffer.concat([
  Buffer.from('mother of pearl, '.repeat(40_000)),
  randomBytes(1_000_000),
  Buffer.from('abalone, paua, nautilus, '.repeat(30_000)),
]);

interface Program {
  readonly name: string;
  readonly needs: readonly string[];
  readonly algorithms: readonly string[];
  run(cleanup: Cleanup, server: OurServer): Promise<Finished>;
}

const withClient =
  (start: (cleanup: Cleanup, server: OurServer) => Promise<StockClient>, ...words: readonly string[]) =>
  async (cleanup: Cleanup, server: OurServer): Promise<Finished> =>
    (await (await start(cleanup, server)).run([...words, 'cat'], { input })).finished;

const CLIENTS: readonly Program[] = [
  {
    name: 'ssh -C',
    needs: ['ssh'],
    algorithms: ['zlib@openssh.com'],
    run: async (cleanup, server) =>
      (await openssh(cleanup, server)).ssh(['-C', '-o', 'RekeyLimit=400K', TARGET, 'cat'], { input }).finished,
  },
  {
    name: 'plink -C',
    needs: ['plink'],
    algorithms: ['zlib@openssh.com', 'zlib'],
    run: withClient((cleanup, server) => plink(cleanup, server, undefined, ['Compression=1', 'RekeyBytes=400K'])),
  },
  {
    name: 'dbclient',
    needs: ['dbclient', 'dropbearconvert'],
    algorithms: ['zlib@openssh.com', 'zlib'],
    run: withClient(dbclient),
  },
];

describe.each(CLIENTS)('$name', ({ needs, algorithms, run }) => {
  test.skipIf(isMissing(...needs)).each(algorithms)('%s', async (algorithm) => {
    const options = { algorithms: compressing(algorithm), rekey: { bytes: 500_000 } };
    const server = await startOurServer(onTestFinished, options);
    const { code, stdout } = await run(onTestFinished, server);
    expect(code).toBe(0);
    expect(stdout.equals(input)).toBe(true);
    expect(server.connections[0]?.negotiated?.clientToServer.compression).toBe(algorithm);
    expect(server.connections[0]?.negotiated?.serverToClient.compression).toBe(algorithm);
  });
});

const SERVERS = [
  { name: 'sshd', needs: ['sshd'], start: (cleanup: Cleanup) => startSshd(cleanup, ['RekeyLimit 400K']) },
  { name: 'dropbear', needs: ['dropbear', 'dropbearconvert'], start: startDropbear },
];

describe.each(SERVERS)('our client and $name', ({ needs, start }) => {
  const canRun = canRunServers && !isMissing(...needs);
  const undo: (() => void | Promise<void>)[] = [];
  let server: StockServer;
  beforeAll(async () => {
    if (canRun) server = await start((step) => void undo.unshift(step));
  });
  afterAll(async () => {
    for (const step of undo) await step();
  });

  test.skipIf(!canRun).each([
    ['both ways', 'zlib@openssh.com', 'zlib@openssh.com'],
    ['from us', 'zlib@openssh.com', 'none'],
    ['to us', 'none', 'zlib@openssh.com'],
  ])('zlib@openssh.com %s', async (_, clientToServer, serverToClient) => {
    const client = await connectTo(onTestFinished, server, {
      algorithms: { rows: [zlib], keyExchanges, compressions: { clientToServer, serverToClient } },
      credentials: [{ method: 'publickey', key: await testKey('ssh-ed25519') }],
      rekey: { bytes: 500_000 },
    });
    const { stdout, exitCode } = await client.exec('cat', { stdin: input });
    expect(exitCode).toBe(0);
    expect(Buffer.from(stdout).equals(input)).toBe(true);
    expect(client.negotiated?.clientToServer.compression).toBe(clientToServer);
    expect(client.negotiated?.serverToClient.compression).toBe(serverToClient);
  });
});
