/** RFC 4253: what a refused client is told. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { encodeRefusal, refuse } from './refusal.js';
import { parseRefusal } from './testing/ssh-stream.js';
import { deferred, MIB, readToEnd, tcpClient, tcpServer } from './testing/sockets.js';

test('§6: the packet is aligned to 8 bytes with at least 4 bytes of padding, whatever the length of the text', () => {
  for (let length = 0; length < 40; length++) {
    const description = 'x'.repeat(length);
    expect(parseRefusal(encodeRefusal(11, description))).toEqual({
      identification: 'SSH-2.0-ssh-bridge',
      reason: 11,
      description,
    });
  }
});

test('§11.1: the description is UTF-8 and carries no control characters', () => {
  expect(parseRefusal(encodeRefusal(12, 'naïve\u001b[31m\r\n…')).description).toBe('naïve [31m …');
});

test('the reason reaches a client that sends without reading, and then the stream ends', async () => {
  const { port } = await tcpServer((socket) => refuse(socket, 11, 'nobody is here'));
  const client = await tcpClient(port);
  client.pause();
  client.write(Buffer.alloc(MIB / 8));
  expect(parseRefusal(await readToEnd(client)).description).toBe('nobody is here');
});

test('a client that never stops sending is cut off soon after 256 KiB', async () => {
  const served = deferred<Socket>();
  const { port } = await tcpServer((socket) => {
    served.resolve(socket);
    refuse(socket, 11, 'nobody is here');
  });
  const client = await tcpClient(port);
  client.on('error', () => undefined);
  const feed = (): void => {
    while (!client.destroyed && client.write(Buffer.alloc(65_536)));
  };
  client.on('drain', feed);
  feed();
  const socket = await served.promise;
  await once(socket, 'close');
  expect(socket.bytesRead).toBeLessThan(MIB / 2);
});
