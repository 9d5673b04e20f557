/** Answers to malformed HTTP requests, read by visitors that go on sending. */
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readToEnd, tcpClient } from '../testing/sockets.js';
import { createHttpServer } from './http-server.js';

test('RFC 9112 §9.5: a request header may take 10 s', () => {
  const { headersTimeout, requestTimeout } = createHttpServer();
  expect([headersTimeout, requestTimeout]).toEqual([10_000, 10_000]);
});

async function startServer(): Promise<number> {
  const server = createHttpServer(5_000);
  server.on('request', (_request, response) => response.end('fine'));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

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
