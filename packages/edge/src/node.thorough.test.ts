/** A flood that fills what the sockets of both ends hold. */
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { fromWebSocket } from './node-web-socket.js';

const MEBIBYTE = 1024 * 1024;
const ignore = (): void => undefined;

test('pings from a peer that does not read the answers are not answered without end', async () => {
  const flood = 100_000;
  const far = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => far.close());
  far.on('connection', (peer) => {
    peer.pause();
    for (let sent = 0; sent < flood; sent += 1) peer.ping(Buffer.alloc(125));
  });
  await once(far, 'listening');
  const address = far.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { autoPong: false });
  onTestFinished(() => socket.terminate());
  let pings = 0;
  let queued = 0;
  socket.on('ping', () => {
    pings += 1;
    queued = Math.max(queued, socket.bufferedAmount);
  });
  // At once: pings may come with the answer to the upgrade.
  socket.once('open', () => fromWebSocket(socket).open({ chunk: ignore, end: ignore, drain: ignore }));
  await expect.poll(() => pings === flood).toBe(true);
  expect(queued).toBeLessThan(MEBIBYTE);
});
