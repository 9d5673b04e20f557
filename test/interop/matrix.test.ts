/**
 * Every algorithm of ours with every program that has it, in both roles: a login by key, a command whose input comes back byte
 * for byte, and a rekey meanwhile. The cases come from our tables; what a program supports comes from its own KEXINIT.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { connect, formatPublicKey, parseKnownHosts } from '@nacre/core';
import type { CryptoProvider } from '@nacre/core/crypto';
import { webCrypto } from '@nacre/core/web-crypto';
import { fromSocket } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { testKey } from './keys.js';
import { isAble, MATRIX, type Abilities, type MatrixCase } from './matrix/cases.js';
import { CLIENTS, SERVERS, type ClientPeer, type ServerPeer } from './matrix/peers.js';
import { startOurServer } from './our-server.js';
import type { Cleanup } from './processes.js';

const input = randomBytes(300_000);
/** Two or three rekeys per connection. */
const rekey = { bytes: 200_000 };

const batched = await webCrypto();

const undo: (() => void | Promise<void>)[] = [];
const later: Cleanup = (step) => void undo.unshift(step);
afterAll(async () => {
  for (const step of undo) await step();
});

async function withClient(peer: ClientPeer, row: MatrixCase, crypto: CryptoProvider, cleanup: Cleanup): Promise<void> {
  const { algorithms, exchanges } = row.connection();
  const userKey = await testKey(row.userKey);
  const server = await startOurServer(cleanup, {
    crypto,
    algorithms,
    rekey,
    allowPrefixTruncation: true,
    hostKeys: [await testKey(row.hostKey)],
    authorizedKeys: formatPublicKey(userKey.public),
  });
  const output = await peer.copy(cleanup, server, userKey, input);
  expect(output.equals(input)).toBe(true);
  const [connection] = server.connections;
  expect(connection?.method).toBe('publickey');
  expect(exchanges()).toBeGreaterThan(1);
  check(row, connection?.negotiated && row.find(connection.negotiated));
}

async function withServer(peer: ServerPeer, row: MatrixCase, crypto: CryptoProvider, cleanup: Cleanup): Promise<void> {
  const { algorithms, exchanges } = row.connection();
  const socket = connectTcp({ host: '127.0.0.1', port: peer.port });
  cleanup(() => void socket.destroy());
  await once(socket, 'connect');
  const known = `host ${formatPublicKey((await testKey(row.hostKey)).public)}\n`;
  await using client = await connect(fromSocket(socket), {
    user: peer.user,
    verifyHostKey: parseKnownHosts(known).verify('host'),
    credentials: [{ method: 'publickey', key: await testKey(row.userKey) }],
    crypto,
    algorithms,
    rekey,
    // Security: some programs lack strict key exchange, and this is about their ciphers.
    allowPrefixTruncation: true,
  });
  const { stdout, exitCode } = await client.exec('cat', { stdin: input });
  expect(exitCode).toBe(0);
  expect(Buffer.from(stdout).equals(input)).toBe(true);
  expect(exchanges()).toBeGreaterThan(1);
  check(row, client.negotiated && row.find(client.negotiated));
}

/** Checks that the algorithm under test was negotiated. */
function check({ algorithm }: MatrixCase, found: readonly (string | undefined)[] = []): void {
  expect(new Set(found)).toEqual(new Set([algorithm]));
}

/** The cases that a program can play; reports how many it cannot. */
function playable(name: string, abilities: Abilities | undefined): readonly MatrixCase[] {
  if (abilities === undefined) return MATRIX;
  const rows = MATRIX.filter((row) => isAble(abilities, row));
  console.log(`${name}: ${rows.length} of ${MATRIX.length} cases, the others need what it does not have`);
  return rows;
}

/** The cases whose packets WebCrypto seals and opens: those of MACs have AES-CTR. */
function batchable(abilities: Abilities | undefined): readonly MatrixCase[] {
  const rows = MATRIX.filter(({ name }) => /^cipher aes(128|256)-(gcm|ctr .*-etm)|^MAC .*sha.*-etm/.test(name));
  return abilities === undefined ? rows : rows.filter((row) => isAble(abilities, row));
}

for (const { name, isMissing, start } of CLIENTS) {
  const peer = isMissing ? undefined : await start(later);
  describe.skipIf(peer === undefined)(name, () => {
    test.concurrent.for(playable(name, peer?.abilities))('$name', (row, { onTestFinished }) =>
      withClient(peer!, row, nodeCrypto, onTestFinished),
    );
    test.concurrent.for(batchable(peer?.abilities))('$name in batches', (row, { onTestFinished }) =>
      withClient(peer!, row, batched, onTestFinished),
    );
  });
}

for (const { name, isMissing, start } of SERVERS) {
  const peer = isMissing ? undefined : await start(later);
  describe.skipIf(peer === undefined)(name, () => {
    test.concurrent.for(playable(name, peer?.abilities))('$name', (row, { onTestFinished }) =>
      withServer(peer!, row, nodeCrypto, onTestFinished),
    );
    test.concurrent.for(batchable(peer?.abilities))('$name in batches', (row, { onTestFinished }) =>
      withServer(peer!, row, batched, onTestFinished),
    );
  });
}
