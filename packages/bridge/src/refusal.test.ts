/** RFC 4253: what a client that nobody serves is told. */
import { expect, test } from 'vitest';
import { encodeRefusal, refuse } from './refusal.js';
import { parseRefusal } from './testing/ssh-stream.js';
import { MIB, readToEnd, tcpClient, tcpServer } from './testing/sockets.js';

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

test('a client that never stops sending is cut off after 256 KiB', async () => {
  const { port, server } = await tcpServer((socket) => refuse(socket, 11, 'nobody is here'));
  const client = await tcpClient(port);
  const closed = new Promise((resolve) => client.on('error', resolve));
  const feed = (): void => {
    while (!client.destroyed && client.write(Buffer.alloc(65_536)));
  };
  client.on('drain', feed);
  feed();
  await closed;
  expect(await new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))).toBe(0);
});
