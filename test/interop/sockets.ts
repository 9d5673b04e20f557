/** Small TCP and Unix servers and clients for tests of forwarding, which preserve half-closes. */
import { once } from 'node:events';
import {
  connect,
  createServer,
  type AddressInfo,
  type ListenOptions,
  type NetConnectOpts,
  type Socket,
} from 'node:net';
import type { Cleanup } from './processes.js';

/** Answers everything it was sent once its peer has ended, so that only a half-close gets an answer. @returns the port. */
export async function startEcho(
  cleanup: Cleanup,
  where: ListenOptions = { port: 0, host: '127.0.0.1' },
): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => socket.end(Buffer.concat([Buffer.from('echo '), ...chunks])));
  });
  server.listen(where);
  await once(server, 'listening');
  cleanup(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? (address satisfies AddressInfo).port : 0;
}

/** Sends everything at once, ends its half, and returns what comes back. @throws the system's error. */
export async function ask(where: NetConnectOpts, question: string | Uint8Array): Promise<Buffer> {
  const socket = connect({ ...where, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.end(question);
  await once(socket, 'close');
  return Buffer.concat(chunks);
}

/** RFC 1928: as `ask`, through a SOCKS 5 proxy. */
export async function askBySocks(proxy: number, port: number, question: string): Promise<string> {
  const socket = connect({ port: proxy, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(Uint8Array.of(5, 1, 0));
  await heard(socket, chunks, 2);
  socket.write(Uint8Array.of(5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 0xff));
  await heard(socket, chunks, 12);
  socket.end(question);
  if (!socket.closed) await once(socket, 'close');
  return Buffer.concat(chunks).subarray(12).toString();
}

async function heard(socket: Socket, chunks: readonly Buffer[], length: number): Promise<void> {
  while (chunks.reduce((sum, chunk) => sum + chunk.length, 0) < length) await once(socket, 'data');
}
