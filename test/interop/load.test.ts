/** Many at once: idle clients, busy ones, and a flood during which honest users log in. */
import { connect as connectSocket, type Socket } from 'node:net';
import { join } from 'node:path';
import { accept, acceptAnyHostKey, connect, createServer, generateKey, type Client, type Session } from '@nacre/core';
import { connectTcp, listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { start, temporaryFolder } from './processes.js';

const MIB = 2 ** 20;
/** V8 heap of one idle connection, in bytes; a Node socket takes 1,300 of them. */
const MOST_HELD = 7400;
/** How many of one source may log in at once; a few fewer than allowed, so that none has to wait. */
const AT_ONCE = 8;

async function logIn(port: number): Promise<Client> {
  return connect(await connectTcp('127.0.0.1', port), {
    user: 'anna',
    crypto: nodeCrypto,
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'none' }],
  });
}

async function logInMany(port: number, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    const batch = Math.min(AT_ONCE, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length: batch }, () => logIn(port)))));
  }
  return clients;
}

interface Report {
  readonly connections: number;
  readonly unauthenticated: number;
  readonly rss: number;
  readonly heapUsed: number;
}

test('1,000 idle connections that have logged in take at most 200 MiB', async () => {
  const folder = await temporaryFolder(onTestFinished);
  const script = join(folder, 'server.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'idle-server.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@nacre/source'],
    logLevel: 'error',
  });
  const server = start(onTestFinished, process.execPath, ['--expose-gc', script]);
  const { port } = JSON.parse(await server.printed(/^\{.*\}$/m)) as { port: number };
  const report = async (name: string): Promise<Report> => {
    server.child.stdin.write(`${name}\n`);
    const shown = await server.printed(new RegExp(`"line":"${name}"`));
    return JSON.parse(shown.split('\n').find((line) => line.includes(`"${name}"`))!) as Report;
  };
  // The code of a login is not part of a connection's memory.
  for (const client of await logInMany(port, 8)) client.close();
  const before = await report('before');
  const clients = await logInMany(port, 200);
  const some = await report('some');
  clients.push(...(await logInMany(port, 800)));
  const { connections, unauthenticated, rss, heapUsed } = await report('full');
  const live = (heapUsed - some.heapUsed) / 800;
  console.log(
    `1,000 idle connections: ${((rss - before.rss) / MIB).toFixed(0)} MiB, ${(rss / MIB).toFixed(0)} in all; ` +
      `${live.toFixed(0)} bytes of V8's heap each`,
  );
  expect([connections, unauthenticated]).toEqual([1000, 0]);
  expect(rss).toBeLessThanOrEqual(200 * MIB);
  // What is held, without the room that V8 keeps: a login that leaves something behind shows here.
  expect(live).toBeLessThanOrEqual(MOST_HELD);
  for (const client of clients) client.close();
});

test('200 busy connections without an error', async () => {
  const echo = async (session: Session): Promise<void> => {
    for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read())
      await session.write(chunk);
  };
  const hostKeys = [await generateKey('ssh-ed25519', { crypto: nodeCrypto })];
  const server = createServer({ crypto: nodeCrypto, hostKeys, hooks: { none: () => accept }, session: echo });
  const listener = await listen(server, { port: 0 });
  onTestFinished(() => listener.close());
  const clients = await logInMany(listener.port, 200);
  const input = new Uint8Array(256 * 1024).fill(7);
  const results = await Promise.all(clients.map((client) => client.exec('echo', { stdin: input })));
  expect(results.every(({ stdout, exitCode }) => exitCode === 0 && Buffer.from(stdout).equals(input))).toBe(true);
  expect(server.stats).toMatchObject({ connections: 200, unauthenticated: 0, refused: 0, displaced: 0 });
  for (const client of clients) client.close();
  await server.close();
});

test('a flood of refused connections over TCP: 99 in a hundred honest logins come in', async () => {
  const hostKeys = [await generateKey('ssh-ed25519', { crypto: nodeCrypto })];
  const server = createServer({ crypto: nodeCrypto, hostKeys, hooks: { none: () => accept } });
  const listener = await listen(server, { port: 0, host: '0.0.0.0' });
  const flood = new Set<Socket>();
  onTestFinished(async () => {
    for (const socket of flood) socket.destroy();
    await listener.close();
  });
  /** Silent sockets from sixteen sources; each one that is refused is replaced. */
  const attack = (index: number): void => {
    const localAddress = `127.0.7.${1 + (index % 16)}`;
    const socket = connectSocket({ host: '127.0.0.1', port: listener.port, localAddress });
    flood.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.on('close', () => {
      if (flood.delete(socket) && server.state === 'open') setImmediate(() => attack(index + 1));
    });
  };
  for (let index = 0; index < 300; index += 1) attack(index);
  let isIn = 0;
  for (let index = 0; index < 100; index += 1) {
    try {
      const client = await logIn(listener.port);
      isIn += 1;
      client.close();
    } catch {
      // It is missing from `isIn`.
    }
  }
  const { refused, penalised, displaced, unauthenticated } = server.stats;
  console.log(`${isIn} of 100 came in; refused ${refused}, penalised ${penalised}, displaced ${displaced}`);
  const closing = server.close();
  for (const socket of flood) socket.destroy();
  await closing;
  expect(isIn).toBeGreaterThanOrEqual(99);
  expect(refused + penalised).toBeGreaterThan(100);
  expect(unauthenticated).toBeLessThanOrEqual(101);
});
