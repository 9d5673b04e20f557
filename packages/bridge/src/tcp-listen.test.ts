/** Where servers listen: Unix sockets, and stale ones that were left behind. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LOOPBACK } from './address.js';
import { listen } from './listen.js';
import { bind } from './tcp-listen.js';
import { startGateway } from './testing/gateway.js';
import { readToEnd } from './testing/sockets.js';

async function freshPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ssh-bridge-socket-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'socket');
}

function bound(path: string): Promise<number> {
  const server: Server = createServer();
  onTestFinished(() => void server.close());
  return bind(server, { host: LOOPBACK, port: 0, path });
}

test('a socket that a killed program left behind is replaced; one that somebody listens at, and other files, are not', async () => {
  const path = await freshPath();
  const leave = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', leave, path]);
  expect((await stat(path)).isSocket()).toBe(true);
  expect(await bound(path)).toBe(0);
  await expect(bound(path)).rejects.toMatchObject({ step: 'listen', exitCode: 69 });
  const file = await freshPath();
  await writeFile(file, 'precious');
  await expect(bound(file)).rejects.toMatchObject({ message: expect.stringContaining(`next: ls -l ${file}`) });
  expect((await stat(file)).size).toBe(8);
  const nowhere = expect.stringContaining('check that its folder exists');
  await expect(bound(join(file, 'socket'))).rejects.toMatchObject({ step: 'listen' });
  await expect(bound(`${file}-missing/socket`)).rejects.toMatchObject({ message: nowhere, exitCode: 77 });
});

test('listen at a Unix socket, which others may not write to', async () => {
  const gateway = await startGateway({ token: false }, (socket) => void socket.end('hello'));
  const path = await freshPath();
  const listener = await listen({ url: gateway.url, path });
  onTestFinished(() => listener.close());
  expect((await stat(path)).mode & 0o022).toBe(0);
  const client = connect({ path });
  await once(client, 'connect');
  expect((await readToEnd(client)).toString()).toBe('hello');
});

test('an error of a server that listens concerns one connection', async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  await bind(server, { host: LOOPBACK, port: 0 });
  expect(server.emit('error', new Error('accept EMFILE'))).toBe(true);
  expect(server.listening).toBe(true);
});
