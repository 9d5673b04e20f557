/** Deno's other entrance: `Deno.serve` upgrades to a WebSocket, which our own client dials from here. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { acceptAnyHostKey, connect, type ByteLink } from '@nacre/core';
import { connectWebSocket, fromWebSocket } from '@nacre/edge/node-web-socket';
import { WebSocket } from 'ws';
import { temporaryFolder } from '../interop/processes.js';
import { collectUndos } from './playground-process.js';

const ENTRY = fileURLToPath(new URL('deno-serve.ts', import.meta.url));
const DENO = fileURLToPath(new URL('../../node_modules/.bin/deno', import.meta.url));
let port: string;

beforeAll(async () => {
  const undo = collectUndos();
  const outfile = join(await temporaryFolder(undo.add), 'serve.mjs');
  const conditions = ['@nacre/source'];
  await build({ entryPoints: [ENTRY], outfile, conditions, bundle: true, format: 'esm', platform: 'neutral' });
  const deno = spawn(DENO, ['run', '--no-prompt', '--no-config', '--no-lock', '--allow-net=127.0.0.1:0', outfile], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // The package's command is a script in front of the program: both are ended.
  undo.add(() => void process.kill(-deno.pid!, 'SIGKILL'));
  port = String(((await once(deno.stdout, 'data')) as [Buffer])[0]).trim();
  return undo.run;
});

test('carries ssh, and knows who is there', async () => {
  await using client = await connect(await connectWebSocket(`ws://127.0.0.1:${port}/`), {
    user: 'guest',
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'none' }],
  });
  const { stdout, exitCode } = await client.exec(String(4 * 1024 * 1024));
  expect([stdout.length, exitCode]).toEqual([4 * 1024 * 1024, 7]);
});

test('tells the hook connection the header, and takes the client from where the operator says that it stands', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
    headers: { 'x-real-ip': '192.0.2.7', 'X-Agent': 'a' },
    autoPong: false,
  });
  const link = await new Promise<ByteLink>((resolve) => {
    socket.once('open', () => resolve(fromWebSocket(socket)));
  });
  await using client = await connect(link, {
    user: 'guest',
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'none' }],
  });
  const { stdout } = await client.exec('who');
  expect(JSON.parse(new TextDecoder().decode(stdout))).toMatchObject({
    state: { agent: 'a' },
    peer: { remoteAddress: '192.0.2.7', isDirect: true },
  });
});

test.each([
  ['an address that `peer` does not take', '400', { 'x-real-ip': 'unknown' }],
  ['more than a header may have', '431', { cookie: 'x'.repeat(17_000) }],
])('%s: HTTP %s', async (_what, status, headers) => {
  const [error] = (await once(new WebSocket(`ws://127.0.0.1:${port}/`, { headers }), 'error')) as [Error];
  expect(error.message).toContain(status);
});

test('RFC 6455 §4.2.1: HTTP 400 for an upgrade that is no handshake, and not an exception', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const [response] = (await once(get({ host: '127.0.0.1', port, headers }), 'response')) as [IncomingMessage];
  response.resume();
  expect(response.statusCode).toBe(400);
});

test('says what it is to everything else', async () => {
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect([response.status, await response.text()]).toEqual([426, expect.stringContaining('ssh-bridge')]);
});
