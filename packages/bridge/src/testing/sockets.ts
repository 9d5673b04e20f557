/** Test support: real sockets on loopback, and what tests want to know about them. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws';
import { pump, socketStream } from '../pump.js';

export const MIB = 1024 * 1024;

export function randomPayload(length: number): Buffer {
  // One random MiB, repeated with a counter, finds lost, doubled or swapped bytes just as well, and is much faster.
  const block = randomBytes(Math.min(length, MIB));
  const payload = Buffer.alloc(length, block);
  for (let offset = 0; offset + 4 <= length; offset += 4096) payload.writeUInt32BE(offset / 4096, offset);
  return payload;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A TCP server on a free port, closed when the test has finished. */
export async function tcpServer(
  onSocket: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: portOf(server), server };
}

/** A client connection whose end is left to the test. */
export async function tcpClient(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** What a request for a page is answered by, until the connection ends; nothing where a visitor has no place. */
export async function answerOf(port: number): Promise<string> {
  const socket = await tcpClient(port);
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.on('error', () => undefined).write('GET / HTTP/1.1\r\n\r\n');
  await Promise.race([once(socket, 'end'), once(socket, 'close')]);
  return answer;
}

/** A WebSocket server on a free port, closed when the test has finished. */
export async function webSocketServer(
  onLink: (link: WebSocket) => void,
  options: ServerOptions = {},
): Promise<{ readonly port: number; readonly url: string; readonly server: WebSocketServer }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, ...options });
  server.on('connection', (link) => {
    link.on('error', () => undefined);
    onLink(link);
  });
  onTestFinished(() => {
    for (const link of server.clients) link.terminate();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, url: `ws://127.0.0.1:${port}/`, server };
}

/** The smallest possible WebSocket-to-TCP gateway. */
export async function gatewayTo(port: number): Promise<string> {
  const { url } = await webSocketServer((link) => {
    link.pause();
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    void pump(link, socketStream(socket));
  });
  return url;
}

/** Everything until the end of the stream; rejects when the connection is reset. */
export async function readToEnd(socket: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Resolves to the system error that ended the connection, or to "end". */
export function endOf(socket: Socket): Promise<string> {
  socket.resume();
  return new Promise((resolve) => {
    socket.once('end', () => resolve('end'));
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
}

export function closeOf(link: WebSocket): Promise<{ readonly code: number; readonly reason: string }> {
  return new Promise((resolve) => link.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function deferred<T>(): Deferred<T> {
  let settle: ((value: T) => void) | undefined;
  const promise = new Promise<T>((resolve) => (settle = resolve));
  return { promise, resolve: (value) => settle?.(value) };
}
