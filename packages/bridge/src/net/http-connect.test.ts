/** RFC 9110 §9.3.6: links through an HTTP proxy. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { BridgeError } from '../bridge-error.js';
import { dial } from '../dial.js';
import { tcpServer, webSocketServer } from '../testing/sockets.js';

interface TestProxy {
  readonly url: URL;
  readonly asked: { readonly authority: string | undefined; readonly authorization: string | undefined }[];
}

async function startProxy(status = 200, rest = '\r\n'): Promise<TestProxy> {
  const asked: TestProxy['asked'] = [];
  const server = createServer();
  server.on('connect', (request, socket: Socket) => {
    asked.push({ authority: request.url, authorization: request.headers['proxy-authorization'] });
    socket.on('error', () => undefined);
    socket.write(`HTTP/1.1 ${status} Answer\r\n${rest}`);
    if (status >= 300) {
      socket.end();
      return;
    }
    const target = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1').on('error', () => undefined);
    socket.pipe(target).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { url: new URL(`http://user:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}`), asked };
}

test('the link goes through the proxy, which is told the name and its credentials, and the name is resolved there', async () => {
  const { port } = await webSocketServer((link) => link.send(Buffer.from('hello')));
  const proxy = await startProxy();
  const link = await dial({ url: `ws://only-the-proxy-knows.invalid:${port}/`, proxy: proxy.url });
  const message = new Promise<Buffer>((resolve) => void link.on('message', resolve));
  link.resume();
  expect(String(await message)).toBe('hello');
  link.terminate();
  const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
  expect(proxy.asked).toEqual([{ authority: `only-the-proxy-knows.invalid:${port}`, authorization }]);
});

test('any 2xx opens the tunnel', async () => {
  const { port } = await webSocketServer(() => undefined);
  const proxy = await startProxy(299);
  (await dial({ url: `ws://127.0.0.1:${port}/`, proxy: proxy.url })).terminate();
});

async function failure(proxy: URL, timeout?: number): Promise<BridgeError> {
  return dial({ url: 'wss://host.invalid/', proxy, timeout }).then(
    () => Promise.reject(new Error('the link was made')),
    (error: BridgeError) => error,
  );
}

const REFUSALS: readonly (readonly [string, number, string, RegExp])[] = [
  ['a body', 407, 'Content-Length: 9\r\n\r\nAsk Ann.\n', /HTTP 407 Answer: Ask Ann\.; give user and password in/],
  [
    'chunks',
    403,
    'Transfer-Encoding: chunked\r\n\r\n9\r\nAsk Ann.\n\r\n0\r\n\r\n',
    /403 Answer: Ask Ann\.; check HTTPS_PROXY/,
  ],
  ['a page', 502, 'Content-Length: 30\r\n\r\n<html>\n<p>No <b>way</b></p>\n</html>', /502 Answer: No; check/],
  ['nothing', 407, 'Content-Length: 0\r\n\r\n', /HTTP 407 Answer; give user/],
];

test.each(REFUSALS)(
  'a proxy that refuses with %s: its status and first line, exit code 65, and not its password',
  async (_what, status, rest, message) => {
    const proxy = await startProxy(status, rest);
    const error = await failure(proxy.url);
    expect(error).toMatchObject({ step: 'HTTP proxy', exitCode: 65 });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('ss@');
  },
);

test('a proxy that is not there: exit code 69; one that does not answer: 75', async () => {
  expect(await failure(new URL('http://127.0.0.1:1'))).toMatchObject({ step: 'HTTP proxy', exitCode: 69 });
  const { port } = await tcpServer(() => undefined);
  expect(await failure(new URL(`http://127.0.0.1:${port}`), 30)).toMatchObject({ step: 'HTTP proxy', exitCode: 75 });
});
