/** ssh over WebSocket on Bun: what the hook `connection` is told, and whose address it is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { expect, onTestFinished, test } from 'vitest';
import { acceptAnyHostKey, connect, type ByteLink } from '@nacre/core';
import { fromWebSocket } from '@nacre/edge/node-web-socket';
import { bun } from './bun.js';

const PROGRAM = fileURLToPath(new URL('bun-web-socket.ts', import.meta.url));

test.skipIf(bun === undefined)('header fields, counts, and a client told by a proxy', async () => {
  const child = spawn(bun!, ['--conditions', '@nacre/source', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const port = String(((await once(child.stdout, 'data')) as [Buffer])[0]).trim();
  const headers = { 'x-real-ip': '192.0.2.7', 'X-Agent': 'a' };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers, autoPong: false });
  const link = await new Promise<ByteLink>((resolve, reject) => {
    socket.once('open', () => resolve(fromWebSocket(socket)));
    socket.once('error', reject);
  });
  await using client = await connect(link, {
    user: 'guest',
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'none' }],
  });
  const { stdout } = await client.exec('who');
  expect(JSON.parse(new TextDecoder().decode(stdout))).toEqual({
    state: { agent: 'a', others: 0 },
    peer: { remoteAddress: '192.0.2.7', isDirect: true },
  });
});
