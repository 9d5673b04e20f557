import { EventEmitter, once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect as connectSocket, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  accept,
  acceptAnyHostKey,
  connect,
  createServer,
  reject,
  type ByteLink,
  type Hooks,
  type LinkReceiver,
  type Server,
} from '@nacre/core';
import { connectTcp, fromNodeStream, listen } from './node.js';
import { nodeCrypto } from './node-crypto.js';
import { attach, connectWebSocket, fromWebSocket, listenWebSocket, type AttachOptions } from './node-web-socket.js';

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

/** What a link told, in order. */
function recorder(): LinkReceiver & { readonly events: string[] } {
  const events: string[] = [];
  return {
    events,
    chunk: (bytes) => void events.push(text(bytes)),
    end: (error) => void events.push(error instanceof Error ? `failed: ${error.message}` : 'end'),
    drain: () => void events.push('drain'),
  };
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

  test('several hosts have one port, and all of them are bound or none', async () => {
    const hosts = ['127.0.0.1', '127.0.0.2'];
    const { port, close } = await listen(testServer(), { port: 0, host: hosts });
    for (const host of hosts) expect(text(await exec(await connectTcp(host, port), ''))).toContain('hello');
    await expect(listen(testServer(), { port, host: ['127.0.0.3', '127.0.0.2'] })).rejects.toThrow('EADDRINUSE');
    await expect(connectTcp('127.0.0.3', port)).rejects.toThrow('ECONNREFUSED');
    await close();
    for (const host of hosts) await expect(connectTcp(host, port)).rejects.toThrow('ECONNREFUSED');
    await expect(listen(testServer(), { port: 0, host: [] })).rejects.toThrow('there is no host');
  });

  test('a port without a listener gives the system error', async () => {
    const listener = await listen(testServer(), { port: 0 });
    await listener.close();
    await expect(connectTcp('127.0.0.1', listener.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a client that resets its connection while a hook decides affects no other', async () => {
    const hook = new EventEmitter();
    const connection = async () => {
      hook.emit('asked');
      await once(hook, 'decided');
      return accept;
    };
    const server = createServer({ crypto: nodeCrypto, hooks: { connection } });
    const listener = await listen(server, { port: 0 });
    onTestFinished(() => listener.close());
    const client = connectSocket(listener.port, listener.host);
    await once(hook, 'asked');
    client.resetAndDestroy();
    await once(client, 'close');
    hook.emit('decided');
    await expect.poll(() => server.connections).toEqual([]);
  });

  test('a client that leaves while a hook decides does not keep a place until the grace ends', async () => {
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const password = () => (asked(), new Promise<never>(() => undefined));
    const server = createServer({ crypto: nodeCrypto, hooks: { password } });
    const listener = await listen(server, { port: 0 });
    onTestFinished(() => listener.close());
    const link = await connectTcp('127.0.0.1', listener.port);
    const login = connect(link, {
      user: 'guest',
      crypto: nodeCrypto,
      verifyHostKey: acceptAnyHostKey(() => undefined),
      credentials: [{ method: 'password', password: 'x' }],
    });
    login.catch(() => undefined);
    await isAsked;
    expect(server.stats.unauthenticated).toBe(1);
    // A FIN, and no reset; what comes before it waits for the hook.
    link.write(new Uint8Array(100));
    link.end();
    await expect.poll(() => server.stats.connections).toBe(0);
  });

  test('probes silent connections, below WebSocket too: one whose peer vanished ends some day', async () => {
    const probes = vi.spyOn(Socket.prototype, 'setKeepAlive');
    onTestFinished(() => probes.mockRestore());
    const listener = await listen(testServer(), { port: 0 });
    onTestFinished(() => listener.close());
    await exec(await connectTcp(listener.host, listener.port), 'greet');
    // Each of the two ends.
    expect(probes.mock.calls).toEqual([
      [true, 60_000],
      [true, 60_000],
    ]);
    await dial(await startWebSocket());
    expect(probes.mock.calls.filter(([isOn, delay]) => isOn === true && delay === 60_000)).toHaveLength(3);
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

test('keeps the end of a stream that fails before anyone listens', async () => {
  const [stream] = duplexPair();
  const link = fromNodeStream(stream);
  stream.destroy(new Error('reset'));
  await new Promise((resolve) => stream.once('close', resolve));
  const receiver = recorder();
  link.open(receiver);
  expect(receiver.events).toEqual(['failed: reset']);
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

  test('does not listen if the hook start refuses', async () => {
    const server = createServer({ hooks: { start: () => reject('no'), none: () => accept } });
    await expect(listen(server, { port: 0 })).rejects.toThrow('the server does not start');
    await expect(listenWebSocket(server, { port: 0 })).rejects.toThrow('the server does not start');
  });

  test('a client that the hook connection refuses gets 403, before an upgrade', async () => {
    const server = createServer({ hooks: { connection: () => reject('no'), none: () => accept } });
    const listener = await listenWebSocket(server, { port: 0 });
    onTestFinished(() => listener.close());
    await expect(connectWebSocket(`ws://127.0.0.1:${listener.port}/`)).rejects.toThrow('403');
    expect(server.connections).toEqual([]);
  });

  test('tells the hook connection the header fields of the upgrade', async () => {
    const told: unknown[] = [];
    const hooks: Hooks = { connection: ({ headers, edge }) => void told.push([headers?.get('x-from'), edge]) };
    const listener = await listenWebSocket(createServer({ hooks }), { port: 0 });
    onTestFinished(() => listener.close());
    const url = `ws://127.0.0.1:${listener.port}/`;
    const socket = new WebSocket(url, { headers: { 'X-From': ['a', 'b'] } });
    await once(socket, 'open');
    socket.terminate();
    expect(told).toEqual([['a, b', undefined]]);
    const many = Object.fromEntries(Array.from({ length: 129 }, (_, index) => [`x-${index}`, '']));
    const [error] = (await once(new WebSocket(url, { headers: many }), 'error')) as [Error];
    expect(error.message).toContain('431');
  });

  test('a request without the header that names the peer gets 400, and others are not affected', async () => {
    const peer: AttachOptions['peer'] = ({ headers }) => ({ remoteAddress: headers['x-real-ip']!.toString() });
    await expect(connectWebSocket(await startWebSocket({ peer }))).rejects.toThrow('400');
  });

  test('is added to an existing HTTP server, and removed again', async () => {
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

  test('keeps the end of a socket that fails before anyone listens', async () => {
    const socket = await dial(await startWebSocket());
    const link = fromWebSocket(socket);
    socket.emit('error', new Error('reset'));
    const receiver = recorder();
    link.open(receiver);
    expect(receiver.events).toEqual(['failed: reset']);
  });

  test('answers a ping once', async () => {
    const socket = await dial(await startWebSocket());
    const pongs: string[] = [];
    socket.on('pong', (payload) => pongs.push(payload.toString()));
    socket.ping('one');
    socket.ping('two');
    await expect.poll(() => pongs).toContain('two');
    expect(pongs).toEqual(['one', 'two']);
  });

  test('a message in a great many frames is refused', async () => {
    const socket = await dial(await startWebSocket());
    for (let sent = 0; sent < 1100; sent += 1) socket.send(Buffer.from('x'), { fin: false });
    expect(await closeOf(socket)).toBe(1008);
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
