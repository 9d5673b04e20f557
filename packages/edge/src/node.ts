/** Node: TCP listeners, and links over Node's streams. WebSocket is `node-web-socket.ts`, which TCP alone need not load. */
import { connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import type { ByteLink, Server } from '@nacre/core';
import { forwarding as forwardingOver, type Forwarding } from '@nacre/core/forwarding';
import { checkListening } from './listen-options.js';
import { bind, type Listener, type ListenOptions } from './node/bind.js';
import { nodeSockets, type NodeSocketOptions } from './node/sockets.js';
import { fromSocket } from './node/stream-link.js';

export type { Listener, ListenOptions } from './node/bind.js';
export { fileKeyStore } from './node/file-key-store.js';
export { agentSocket, type SessionSocket } from './node/agent-socket.js';
export { displaySocket } from './node/display-socket.js';
export type { PseudoTerminal, PseudoTerminals } from './node/pseudo-terminal.js';
export { runProcess, type RunProcessOptions } from './node/run-process.js';
export { nodeSockets, type NodeSocketOptions } from './node/sockets.js';
export { fromNodeStream, fromSocket } from './node/stream-link.js';

/**
 * Listens for ssh clients on TCP.
 * @throws the system's error, such as EADDRINUSE; what keeps the server from starting; ConfigurationError for invalid options.
 */
export async function listen(server: Server, options: ListenOptions): Promise<Listener> {
  checkListening(server, options);
  await server.ready();
  const create = (): TcpServer =>
    createTcpServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
      void server.accept(fromSocket(socket));
    });
  return bind(create, options);
}

/** A link to a TCP server. @throws the system's error if it cannot be reached. */
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

export interface ForwardingOptions extends NodeSocketOptions {
  /** How long looking up a name and connecting may take, in ms: 30 s if not given. */
  readonly dialTimeout?: number;
}

/** For `createServer({ forwarding: forwarding() })`: connects and listens with Node's sockets, if the `forward` hook accepts. */
export function forwarding({ dialTimeout, ...options }: ForwardingOptions = {}): Forwarding {
  return forwardingOver({ sockets: nodeSockets(options), ...(dialTimeout === undefined ? {} : { dialTimeout }) });
}
