/** Listeners of both kinds stop at once, whoever is connected; a test whose `close` waits for somebody runs out of time. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { get, type Server as HttpServer } from 'node:http';
import { connect as connectSocket, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { accept, acceptAnyHostKey, connect, createServer, type Server } from '@nacre/core';
import { connectTcp, listen } from '../node.js';
import { nodeCrypto } from '../node-crypto.js';
import { connectWebSocket, listenWebSocket } from '../node-web-socket.js';

function echoServer(): Server {
  return createServer({
    crypto: nodeCrypto,
    hooks: { none: () => accept },
    session: async (session) => {
      for await (const chunk of session.stdin) await session.write(chunk);
    },
  });
}

test.each([
  ['TCP', listen, (port: number) => connectTcp('127.0.0.1', port)],
  ['WebSocket', listenWebSocket, (port: number) => connectWebSocket(`ws://127.0.0.1:${port}`)],
] as const)('%s: a listener closes while a client is logged in, and the client stays', async (_what, start, dial) => {
  const listener = await start(echoServer(), { port: 0 });
  await using client = await connect(await dial(listener.port), {
    user: 'guest',
    crypto: nodeCrypto,
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'none' }],
  });
  const before = await client.spawn('');
  await listener.close();
  await listener.close();
  await before.write('still here');
  expect(await before.read()).toEqual(new TextEncoder().encode('still here'));
  expect((await client.exec('', { stdin: 'and more' })).stdout).toEqual(new TextEncoder().encode('and more'));
  await expect(dial(listener.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

/** What diagnostics channel `name` publishes until the test is over. */
function published<T>(name: string): T[] {
  const messages: T[] = [];
  const note = (message: unknown): void => void messages.push(message as T);
  subscribe(name, note);
  onTestFinished(() => void unsubscribe(name, note));
  return messages;
}

test('WebSocket: half a request ends with its listener', async () => {
  const accepted = published<{ socket: Socket }>('net.server.socket');
  const { port, close } = await listenWebSocket(echoServer(), { port: 0 });
  const visitor = connectSocket(port, '127.0.0.1', () => visitor.write('GET / HT'));
  visitor.on('error', () => undefined);
  while (!accepted.some(({ socket }) => socket.localPort === port && socket.bytesRead > 0)) await setImmediate();
  const closed = once(visitor, 'close');
  await close();
  await closed;
});

test('WebSocket: a request may take 10 s, and is then soon found out', async () => {
  const { port, close } = await listenWebSocket(echoServer(), { port: 0 });
  onTestFinished(close);
  const requests = published<{ server: HttpServer }>('http.server.request.start');
  const request = get({ port, host: '127.0.0.1' });
  const [response] = await once(request, 'response');
  response.destroy();
  const server = { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 500 };
  expect(requests).toMatchObject([{ server }]);
});
