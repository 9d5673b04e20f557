/** Answers to malformed HTTP requests, read by visitors that go on sending. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { fakeTime } from '../testing/faked-time.js';
import { readToEnd, tcpClient } from '../testing/sockets.js';
import { createHttpServer } from './http-server.js';

test('RFC 9112 §9.5: a request header may take 10 s', () => {
  const { headersTimeout, requestTimeout } = createHttpServer();
  expect([headersTimeout, requestTimeout]).toEqual([10_000, 10_000]);
});

/** Requests and connections that the server has seen. */
interface Seen {
  readonly requests: IncomingMessage[];
  readonly sockets: Socket[];
}

async function startServer(answer = fine, requestTimeout = 5_000, seen?: Seen): Promise<number> {
  const server = createHttpServer(requestTimeout);
  server.on('connection', (socket: Socket) => void seen?.sockets.push(socket));
  server.on('request', (request, response) => {
    seen?.requests.push(request);
    answer(request, response);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const fine = (_request: IncomingMessage, response: ServerResponse): void => void response.end('fine');

/** Everything that comes; rejects on a reset. */
async function answerTo(port: number, ...pieces: readonly string[]): Promise<string> {
  const client = await tcpClient(port);
  for (const piece of pieces) {
    client.write(piece);
    await new Promise(setImmediate);
  }
  return (await readToEnd(client)).toString();
}

const MORE = Array.from({ length: 10 }, () => 'x'.repeat(10_000));

test.each([
  ['no HTTP', ['SSH-2.0-x\r\n\r\n', ...MORE], 400],
  ['two lengths', ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', ...MORE], 400],
  ['a header without end', ['GET / HTTP/1.1\r\nHost: a\r\nX: ', ...MORE], 431],
])('%s: the status arrives whole, and then the end, whatever still comes', async (_what, pieces, status) => {
  const port = await startServer();
  for (let round = 0; round < 5; round++) {
    expect(await answerTo(port, ...pieces)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*\\r\\n\\r\\n$`));
  }
});

test('after a good request on the same connection too, behind the answer to that one', async () => {
  const port = await startServer();
  const client = await tcpClient(port);
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise((resolve) => client.once('readable', resolve));
  client.write('nonsense\r\n\r\n');
  expect((await readToEnd(client)).toString()).toMatch(/^HTTP\/1\.1 200 [^]*fineHTTP\/1\.1 400 /);
});

test('behind an answer that is not complete there is only the end, not another answer', async () => {
  const port = await startServer((_request, response) => void response.write('half'));
  const client = await tcpClient(port);
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise((resolve) => client.once('readable', resolve));
  client.write('nonsense\r\n\r\n');
  expect((await readToEnd(client)).toString()).toMatch(/^HTTP\/1\.1 200 [^]*half(?:\r\n)?$/);
});

/** Sends on, and waits until the server has read it. */
async function sendOn(client: Socket, served: Socket, text: string): Promise<void> {
  const total = served.bytesRead + text.length;
  client.write(text);
  while (served.bytesRead < total && !served.destroyed) await new Promise(setImmediate);
}

test('what comes behind it is read and dropped: left unread, it would cause a reset', async () => {
  const seen: Seen = { requests: [], sockets: [] };
  // No request is overdue while the test lasts.
  const client = await tcpClient(await startServer(fine, 600_000, seen));
  fakeTime();
  client.resume().write('nonsense\r\n\r\n');
  await once(client, 'end');
  const [served] = seen.sockets as [Socket];
  for (let round = 0; round < 3; round++) {
    await sendOn(client, served, 'nonsense again\r\n\r\n');
    expect(served.destroyed).toBe(false);
  }
  client.end();
  await once(served, 'close');
});

test('a request that is complete after the answer 408 is not served', async () => {
  const seen: Seen = { requests: [], sockets: [] };
  const port = await startServer(fine, 100, seen);
  const client = await tcpClient(port);
  client.write('GET / HTTP/1.1\r\nHost: a\r\n');
  expect((await readToEnd(client)).toString()).toMatch(/^HTTP\/1\.1 408 /);
  await sendOn(client, seen.sockets[0] as Socket, '\r\n');
  expect(seen.requests).toHaveLength(0);
});
