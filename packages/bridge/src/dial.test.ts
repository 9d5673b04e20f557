/** Dialling: which step failed, what is said, which exit code; and what an upgrade carries. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { BridgeError } from './bridge-error.js';
import { explainConnectError } from './dial-failure.js';
import { dial, parseTarget, type DialOptions } from './dial.js';
import { freePort } from './testing/free-port.js';
import { deferred, tcpServer, webSocketServer } from './testing/sockets.js';

async function failure(options: DialOptions): Promise<BridgeError> {
  return dial(options).then(
    () => Promise.reject(new Error('the link was made')),
    (error: BridgeError) => error,
  );
}

/** An HTTP server that answers every upgrade with plain HTTP. */
async function refusingServer(status: number, body: string, headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path?token=hidden`;
}

test('an unknown host: name resolution failed, exit code 69', async () => {
  const error = await failure({ url: 'ws://host.invalid/' });
  expect(error).toMatchObject({ step: 'name resolution', exitCode: 69 });
  expect(error.message).toMatch(/^name resolution failed: host\.invalid: .*; check the spelling of the host/);
});

test('nothing listening: TCP connect failed, exit code 69', async () => {
  const port = await freePort();
  const error = await failure({ url: `ws://127.0.0.1:${port}/` });
  expect(error).toMatchObject({ step: 'TCP connect', exitCode: 69 });
  expect(error.message).toBe(
    `TCP connect failed: 127.0.0.1:${port}: connection refused (ECONNREFUSED); check that the server is running and that the port is right`,
  );
});

test('a server without TLS behind wss://: TLS handshake failed, exit code 69', async () => {
  const { port } = await tcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const error = await failure({ url: `wss://localhost:${port}/` });
  expect(error).toMatchObject({ step: 'TLS handshake', exitCode: 69 });
  expect(error.message).toContain('does not speak TLS (ERR_SSL_WRONG_VERSION_NUMBER); check the port, or use ws://');
});

test('a server that is no web server: WebSocket upgrade failed, exit code 65', async () => {
  const { port } = await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  expect(await failure({ url: `ws://127.0.0.1:${port}/` })).toMatchObject({ step: 'WebSocket upgrade', exitCode: 65 });
});

test('a server that does not answer: a timeout of the step under way, exit code 75', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const asked = deferred<Buffer>();
  const { port } = await tcpServer((socket) => void socket.once('data', asked.resolve));
  const failed = failure({ url: `ws://127.0.0.1:${port}/`, timeout: 50 });
  await asked.promise;
  vi.advanceTimersByTime(50);
  const error = await failed;
  expect(error).toMatchObject({ step: 'WebSocket upgrade', exitCode: 75 });
  expect(error.message).toContain('no answer within 0.05 s');
});

test('a refused upgrade: status, first body line and what to try, exit code 65, and no part of the path', async () => {
  const url = await refusingServer(403, '\n  Access denied: \u001b]0;title\u0007 ask Ann  \nsecond line');
  const error = await failure({ url });
  expect(error.exitCode).toBe(65);
  expect(error.message).toMatch(
    /^WebSocket upgrade failed: 127\.0\.0\.1:\d+ answered HTTP 403 Forbidden: Access denied: \]0;title ask Ann; ask the operator/,
  );
});

test('an alert that comes behind the handshake of TLS 1.3 is one of the handshake', () => {
  const alert = Object.assign(new Error('alert'), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
  const error = explainConnectError(new URL('wss://host.test/'), 'WebSocket upgrade', alert);
  expect(error).toMatchObject({ step: 'TLS handshake', exitCode: 69 });
  expect(error.message).toContain('the server wants to see a certificate');
});

test('a refusal that is a page: its first visible text, not its source', async () => {
  const page = '<!DOCTYPE html>\n<html><head><title>Access denied</title></head><body>Ask Ann</body></html>';
  const error = await failure({ url: await refusingServer(403, page) });
  expect(error.message).toContain('HTTP 403 Forbidden: Access denied; ask the operator');
});

test('a redirect is not followed; the message says where it leads, without a query that may repeat secrets', async () => {
  const error = await failure({ url: await refusingServer(302, '', { location: 'https://login.test/?sid=secret' }) });
  expect(error.message).not.toContain('secret');
  expect(error.message).toContain('HTTP 302 Found; the server sends you to https://login.test/');
});

test('a long body line is cut', async () => {
  const error = await failure({ url: await refusingServer(500, 'x'.repeat(100_000)) });
  expect(error.message.length).toBeLessThan(400);
});

test('an upgrade carries the bearer token and asks for no compression', async () => {
  const requests: IncomingMessage[] = [];
  const { url, server } = await webSocketServer(() => undefined);
  server.on('connection', (_link, request: IncomingMessage) => requests.push(request));
  const link = await dial({ url, token: 'abc' });
  link.terminate();
  expect(requests[0]?.headers.authorization).toBe('Bearer abc');
  expect(requests[0]?.headers['sec-websocket-extensions']).toBeUndefined();
  expect(requests[0]?.headers['origin']).toBeUndefined();
});

test('bytes that the server sends with its answer are not lost', async () => {
  const { url } = await webSocketServer((link) => link.send(Buffer.from('at once')));
  const link = await dial({ url });
  const message = new Promise<Buffer>((resolve) => void link.on('message', resolve));
  link.resume();
  expect(String(await message)).toBe('at once');
});

test('an aborted signal ends dialling', async () => {
  const { port } = await tcpServer(() => undefined);
  expect(await failure({ url: `ws://127.0.0.1:${port}/`, signal: AbortSignal.abort() })).toMatchObject({
    exitCode: 143,
  });
});

test.each(['', 'nonsense', 'http://host/', 'ws://', 'file:///etc/passwd', 'ws://host/#part'])(
  '"%s" is no target: exit code 64',
  (url) => {
    expect(() => parseTarget(url)).toThrow(expect.objectContaining({ step: 'usage', exitCode: 64 }));
  },
);

test('a token that would break out of its header is refused', async () => {
  expect(await failure({ url: 'ws://127.0.0.1:1/', token: 'a\r\nX-Evil: 1' })).toMatchObject({ exitCode: 64 });
});

test.each(['https://user:secret@host/?token=secret', 'ws://user:secret@host/?token=secret#x', 'host:80?token=secret'])(
  'Security: the message about %s repeats no secret',
  (url) => {
    expect(() => parseTarget(url)).toThrow('…');
    expect(() => parseTarget(url)).not.toThrow('secret');
  },
);

test('a user and a password with a percent sign that escapes nothing are sent as they are', async () => {
  const asked = deferred<string | undefined>();
  const { port } = await webSocketServer((_link) => undefined, {
    verifyClient: ({ req }: { readonly req: IncomingMessage }) => (asked.resolve(req.headers.authorization), true),
  });
  (await dial({ url: `ws://us%er:100%@127.0.0.1:${port}/` })).terminate();
  expect(await asked.promise).toBe(`Basic ${Buffer.from('us%er:100%').toString('base64')}`);
});
