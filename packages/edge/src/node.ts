/** Node: TCP listeners, and links over Node's streams. WebSocket is `node-web-socket.ts`: what carries TCP alone need not load it. */
import { connect, createServer as createTcpServer } from 'node:net';
import type { ByteLink, Server } from '@nacre/core';
import { bind, type Listener, type ListenOptions } from './node/bind.js';
import { fromSocket } from './node/stream-link.js';

export type { Listener, ListenOptions } from './node/bind.js';
export { fileKeyStore } from './node/file-key-store.js';
export { fromNodeStream, fromSocket } from './node/stream-link.js';

/** Listens for ssh clients on TCP. @throws the system's error, EADDRINUSE for instance, or what keeps the server from starting. */
export async function listen(server: Server, options: ListenOptions): Promise<Listener> {
  await server.ready();
  const tcp = createTcpServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
    void server.accept(fromSocket(socket));
  });
  return bind(tcp, options);
}

/** A link to a TCP server. @throws the system's error where it cannot be reached. */
export function connectTcp(host: string, port: number): Promise<ByteLink> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(fromSocket(socket));
    });
  });
}
