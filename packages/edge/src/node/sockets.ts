/** Node's sockets for forwarding: names, TCP and Unix sockets, to connect and to listen. */
import { lookup } from 'node:dns/promises';
import { connect, createServer, type AddressInfo, type ListenOptions, type Server, type Socket } from 'node:net';
import type { ByteLink } from '@nacre/core';
import type { Connected, Listening, Sockets } from '@nacre/core/forwarding';
import { fromSocket, peerOf } from './stream-link.js';

/** Only its owner may connect to a socket that is made for a client, as with sshd_config(5), StreamLocalBindMask. */
const UNIX_SOCKET_MASK = 0o177;
/** Connections that the system queues until they are accepted. */
const BACKLOG = 64;

export interface NodeSocketOptions {
  /**
   * sshd_config(5), GatewayPorts: with `false`, clients' listeners are always on the loopback address; with `true`, on the
   * address that they ask for. False if not given.
   */
  readonly gatewayPorts?: boolean;
}

/** What `forwarding` of `@nacre/core/forwarding` needs on Node. */
export function nodeSockets({ gatewayPorts = false }: NodeSocketOptions = {}): Required<Sockets> {
  return {
    resolve: async (host) => (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address),
    connectTcp: (host, port, signal) => connected(connect({ host, port, noDelay: true, allowHalfOpen: true }), signal),
    connectUnix: (path, signal) => connected(connect({ path, allowHalfOpen: true }), signal),
    listenTcp: (host, port, tell) => listening(tell, { host: gatewayPorts ? bindAddress(host) : '127.0.0.1', port }),
    listenUnix: (path, tell) => listening(tell, { path }),
  };
}

/** RFC 4254 §7.1: the client's ways to ask for all addresses. */
function bindAddress(host: string): string {
  if (host === '' || host === '*') return '::';
  return host;
}

function connected(socket: Socket, signal: AbortSignal): Promise<ByteLink> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      socket.destroy();
      reject(new Error('it took too long'));
    };
    socket.once('error', reject);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', reject);
      resolve(fromSocket(socket));
    });
  });
}

async function listening(tell: Connected, options: ListenOptions): Promise<Listening> {
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    tell(fromSocket(socket), peerOf(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      // A later failure, for lack of a descriptor, concerns one connection.
      server.on('error', () => undefined);
      resolve();
    });
    listenPrivately(server, { ...options, backlog: BACKLOG });
  });
  const address = server.address();
  return { ...(isTcp(address) ? { port: address.port } : {}), close: () => void server.close() };
}

/** A Unix socket is bound before `listen` returns, so the mask applies to it and nothing else. */
function listenPrivately(server: Server, options: ListenOptions): void {
  if (options.path === undefined) {
    server.listen(options);
    return;
  }
  const mask = process.umask(UNIX_SOCKET_MASK);
  try {
    server.listen(options);
  } finally {
    process.umask(mask);
  }
}

function isTcp(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
