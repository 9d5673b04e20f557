import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { accept, acceptAnyHostKey, connect, createServer, type ByteLink, type Server } from '@nacre/core';
import {
  attach,
  connectTcp,
  connectWebSocket,
  fromNodeStream,
  fromWebSocket,
  listen,
  listenWebSocket,
  type AttachOptions,
} from './node.js';
import { nodeCrypto } from './node-crypto.js';

const MEBIBYTE = 1024 * 1024;

/** Says hello with the client's address; `zero` sends 8 MiB, `sink` counts what comes. */
function testServer(): Server {
  return createServer({
    crypto: nodeCrypto,
    hooks: { none: () => accept },
    session: async (session) => {
      const { request } = session;
      if (request.type === 'exec' && request.command === 'zero') await session.write(new Uint8Array(8 * MEBIBYTE));
      else if (request.type === 'exec' && request.command === 'sink') {
        let length = 0;
        for await (const chunk of session.stdin) length += chunk.length;
        await session.print(String(length));
      } else await session.print(`hello ${session.connection.peer.remoteAddress ?? 'nobody'}`);
    },
  });
}

function logIn(link: ByteLink) {
  return connect(link, {
    user: 'guest',
    crypto: nodeCrypto,
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'none' }],
  });
}

async function exec(link: ByteLink, command: string, stdin: Uint8Array = new Uint8Array(0)): Promise<Uint8Array> {
  await using client = await logIn(link);
  return (await client.exec(command, { stdin })).stdout;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function startWebSocket(options: AttachOptions = {}): Promise<string> {
  const listener = await listenWebSocket(testServer(), { port: 0, ...options });
  onTestFinished(() => listener.close());
  return `ws://127.0.0.1:${listener.port}`;
}

async function dial(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

/** The code of the Close that ends a socket. */
async function closeOf(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}

describe('TCP', () => {
  test('an ssh client and an ssh server', async () => {
    const listener = await listen(testServer(), { port: 0 });
    onTestFinished(() => listener.close());
    expect(text(await exec(await connectTcp(listener.host, listener.port), 'greet'))).toBe('hello 127.0.0.1');
  });

  test('a port in use is the system error', async () => {
    const listener = await listen(testServer(), { port: 0 });
    onTestFinished(() => listener.close());
    await expect(listen(testServer(), { port: listener.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(listenWebSocket(testServer(), { port: listener.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('a port that nobody listens on is the system error', async () => {
    const listener = await listen(testServer(), { port: 0 });
    await listener.close();
    await expect(connectTcp('127.0.0.1', listener.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

/** Two streams, each the other's far end: what later releases of Node have as `stream.duplexPair`. */
function duplexPair(): readonly [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const make = (other: 0 | 1): Duplex =>
    new Duplex({
      read: () => undefined,
      write: (chunk: Uint8Array, _encoding, done) => {
        ends[other]?.push(chunk);
        done();
      },
      final: (done) => {
        ends[other]?.push(null);
        done();
      },
    });
  const pair = [make(1), make(0)] as const;
  ends.push(...pair);
  return pair;
}

test('any stream of Node carries ssh', async () => {
  const [here, there] = duplexPair();
  void testServer().accept(fromNodeStream(there));
  expect(text(await exec(fromNodeStream(here), 'greet'))).toBe('hello nobody');
});

describe('WebSocket', () => {
  test('an ssh client and an ssh server, both ways', async () => {
    const url = await startWebSocket();
    expect(text(await exec(await connectWebSocket(url), 'greet'))).toBe('hello 127.0.0.1');
    expect((await exec(await connectWebSocket(url), 'zero')).length).toBe(8 * MEBIBYTE);
    expect(text(await exec(await connectWebSocket(url), 'sink', new Uint8Array(8 * MEBIBYTE)))).toBe(
      String(8 * MEBIBYTE),
    );
  });

  test('does not compress', async () => {
    expect((await dial(await startWebSocket())).extensions).toBe('');
  });

  test('ends with 1000 behind SSH_MSG_DISCONNECT', async () => {
    const socket = await dial(await startWebSocket());
    socket.send(Buffer.from('SSH-1.5-old\r\n'));
    expect(await closeOf(socket)).toBe(1000);
  });

  test('a text frame is answered with 1003', async () => {
    const socket = await dial(await startWebSocket());
    socket.send('SSH-2.0-text\r\n');
    expect(await closeOf(socket)).toBe(1003);
  });

  test('a message over 512 KiB is answered with 1009', async () => {
    const socket = await dial(await startWebSocket());
    socket.send(Buffer.alloc(512 * 1024 + 1));
    expect(await closeOf(socket)).toBe(1009);
  });

  test('serves its path and no other, and tells a browser what it is', async () => {
    const url = await startWebSocket({ path: '/ssh' });
    expect(text(await exec(await connectWebSocket(`${url}/ssh?a=b`), 'greet'))).toBe('hello 127.0.0.1');
    await expect(connectWebSocket(`${url}/other`)).rejects.toThrow('404');
    expect((await fetch(url.replace('ws:', 'http:'))).status).toBe(426);
  });

  test('stands beside what an HTTP server serves already, and is taken away again', async () => {
    const http = createHttpServer((_request, response) => response.end('page'));
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    onTestFinished(() => void http.close());
    const address = http.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const detach = attach(testServer(), http);
    expect(text(await exec(await connectWebSocket(`ws://127.0.0.1:${port}/`), 'greet'))).toBe('hello 127.0.0.1');
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('page');
    detach();
    await expect(connectWebSocket(`ws://127.0.0.1:${port}/`)).rejects.toThrow('200');
  });

  test('a reader that stops holds the writer back below 1 MiB', async () => {
    const socket = await dial(await startWebSocket());
    const link = fromWebSocket(socket);
    link.open({ chunk: () => undefined, end: () => undefined, drain: () => undefined });
    // The loop leaves the server no turn to read in, and the system's own buffers take some MiB.
    let isHeldBack = false;
    for (let index = 0; index < 1024 && !isHeldBack; index += 1) isHeldBack = !link.write(new Uint8Array(64 * 1024));
    expect(isHeldBack).toBe(true);
    expect(socket.bufferedAmount).toBeLessThanOrEqual(MEBIBYTE);
  });
});
