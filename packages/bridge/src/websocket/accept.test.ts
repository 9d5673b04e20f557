/** RFC 6455 §4.2.1: which upgrades are none; an intermediary may read other requests than we do in what follows them. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { tcpClient } from '../testing/sockets.js';
import { upgradeFault } from './accept.js';

const FIELDS = {
  Host: 'a',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
} as const;

/** What is wrong with a request, read by Node as our servers read it. */
async function statusOf(
  first: string,
  fields: Readonly<Record<string, string>>,
  more = '',
): Promise<number | undefined> {
  const server = createServer();
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upgraded = once(server, 'upgrade') as Promise<[IncomingMessage]>;
  const client = await tcpClient((server.address() as AddressInfo).port);
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  client.write(`${first}\r\n${lines.join('')}${more}\r\n`);
  const [request] = await upgraded;
  request.socket.destroy();
  return upgradeFault(request)?.status;
}

const GET = 'GET / HTTP/1.1';

test('nothing is wrong with an upgrade, also if it says that it has no body', async () => {
  expect(await statusOf(GET, FIELDS)).toBe(undefined);
  expect(await statusOf(GET, { ...FIELDS, 'Content-Length': '0' })).toBe(undefined);
});

test.each([
  ['a body', GET, { 'Content-Length': '5' }, '', 400],
  ['a body in chunks', GET, { 'Transfer-Encoding': 'chunked' }, '', 400],
  ['HTTP/1.0', 'GET / HTTP/1.0', {}, '', 400],
  ['another method', 'PUT / HTTP/1.1', {}, '', 405],
  ['another protocol', GET, { Upgrade: 'h2c' }, '', 426],
  ['another version', GET, { 'Sec-WebSocket-Version': '8' }, '', 426],
  ['two versions', GET, {}, 'Sec-WebSocket-Version: 13\r\n', 426],
  ['a short key', GET, { 'Sec-WebSocket-Key': 'short' }, '', 400],
  ['two keys', GET, {}, `Sec-WebSocket-Key: ${FIELDS['Sec-WebSocket-Key']}\r\n`, 400],
] as const)('%s: %s', async (_what, first, fields, more, status) => {
  expect(await statusOf(first, { ...FIELDS, ...fields }, more)).toBe(status);
});
