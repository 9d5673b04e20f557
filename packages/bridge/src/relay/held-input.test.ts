/** Input of an ssh client that waits: read as far as it takes to notice that the client leaves, and no further. */
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { deferred, randomPayload, tcpClient, tcpServer } from '../testing/sockets.js';
import { holdInput } from './held-input.js';

const KIB = 1024;

test('Security: a client that sends while it waits is read no further than 16 KiB, and loses nothing', async () => {
  const arrived = deferred<Socket>();
  const { port } = await tcpServer((socket) => arrived.resolve(socket.pause()));
  const client = await tcpClient(port);
  const payload = randomPayload(256 * KIB);
  client.end(payload);
  const served = await arrived.promise;
  const giveBack = holdInput(served);
  while (served.bytesRead < 16 * KIB) await new Promise(setImmediate);
  expect(served.isPaused()).toBe(true);
  giveBack();
  const chunks: Buffer[] = [];
  for await (const chunk of served) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).equals(payload)).toBe(true);
});
