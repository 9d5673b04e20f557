/** Node: TCP and WebSocket listeners, and links over their sockets. */
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import type { ByteLink, Server } from '@nacre/core';
import { bind, type Listener, type ListenOptions } from './node/bind.js';
import { fromSocket } from './node/stream-link.js';
import { attach, isServed, type AttachOptions } from './node/web-socket.js';

export type { Listener, ListenOptions } from './node/bind.js';
export { fromNodeStream, fromSocket } from './node/stream-link.js';
export { attach, connectWebSocket, fromWebSocket, type AttachOptions } from './node/web-socket.js';

/** Listens for ssh clients on TCP. @throws the system's error, EADDRINUSE for instance. */
export function listen(server: Server, options: ListenOptions): Promise<Listener> {
  const tcp = createTcpServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
    void server.accept(fromSocket(socket)).catch(() => socket.destroy());
  });
  return bind(tcp, options);
}

/** Listens for ssh clients on WebSocket; `ssh-bridge` brings them. @throws the system's error. */
export function listenWebSocket(server: Server, options: ListenOptions & AttachOptions): Promise<Listener> {
  const http = createHttpServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket', connection: 'upgrade' });
    response.end("This is an ssh server over WebSocket. Log in with ssh -o ProxyCommand='ssh-bridge proxy URL'\n");
  });
  attach(server, http, options);
  // Nothing else answers here, so an upgrade to another path is refused.
  http.on('upgrade', (request, socket) => {
    if (isServed(request, options.path)) return;
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return bind(http, options);
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
