/** Deno: TCP by `Deno.listen`, WebSocket by `Deno.serve`. */
import {
  ConfigurationError,
  fromWebSocket,
  systemClock,
  type ByteLink,
  type Peer,
  type Server,
  type WebSocketLike,
} from '@nacre/core';
import { forwarding as forwardingOver, type Forwarding } from '@nacre/core/forwarding';
import { acceptAll, type DenoAcceptor } from './deno/accept-loop.js';
import { fromDenoConnection, peerOf, type DenoAddress, type DenoConnection } from './deno/connection-link.js';
import { denoSockets, type DenoSocketOptions } from './deno/sockets.js';
import { checkListening } from './listen-options.js';
import { readHeaders, tellPeer, TOO_LARGE } from './upgrade-request.js';

export { fromDenoConnection, type DenoConnection } from './deno/connection-link.js';
export { denoSockets, type DenoSocketOptions } from './deno/sockets.js';

interface DenoTcpConnection extends DenoConnection {
  setNoDelay(noDelay?: boolean): void;
  /** Probes an idle connection at the system's intervals. */
  setKeepAlive(keepAlive?: boolean): void;
}

interface DenoListener extends DenoAcceptor<DenoTcpConnection> {
  readonly addr: DenoAddress;
  close(): void;
}

declare const Deno: {
  listen(options: { readonly hostname: string; readonly port: number }): DenoListener;
  connect(options: { readonly hostname: string; readonly port: number }): Promise<DenoTcpConnection>;
  upgradeWebSocket(
    request: Request,
    options: { readonly idleTimeout: number },
  ): { readonly socket: WebSocketLike; readonly response: Response };
};

/** Deno pings a WebSocket that has been silent for so long, in seconds, and closes it if no answer comes. */
const IDLE_TIMEOUT = 60;

/** Where a listener is bound. */
export interface Listener {
  /** The first address, if there are several. */
  readonly host: string;
  readonly port: number;
  /** Stops listening; open connections stay. */
  close(): void;
}

export interface ListenOptions {
  /** 0 lets the system choose one port for all hosts. */
  readonly port: number;
  /** One or more addresses, of which all are bound or none. Loopback by default. */
  readonly host?: string | readonly string[];
}

/** Listens for ssh clients on TCP. @throws `Deno.errors.AddrInUse` and the like, or what keeps the server from starting. */
export async function listen(server: Server, options: ListenOptions): Promise<Listener> {
  checkListening(server, options);
  const { port, host = '127.0.0.1' } = options;
  await server.ready();
  const listeners: DenoListener[] = [];
  let isClosed = false;
  const close = (): void => {
    isClosed = true;
    for (const listener of listeners) listener.close();
  };
  try {
    for (const hostname of [host].flat())
      listeners.push(Deno.listen({ hostname, port: listeners[0]?.addr.port ?? port }));
  } catch (error) {
    close();
    throw error;
  }
  const [first] = listeners;
  if (first === undefined) throw new ConfigurationError('there is no host to listen on: leave `host` out for loopback');
  const serve = (connection: DenoTcpConnection): void => {
    void server.accept(linkOver(connection)).catch(() => undefined);
  };
  for (const listener of listeners) void acceptAll(listener, serve, () => isClosed, systemClock);
  const { hostname = '', port: bound = port } = first.addr;
  return { host: hostname, port: bound, close };
}

function linkOver(connection: DenoTcpConnection): ByteLink {
  connection.setNoDelay(true);
  // So that a connection whose peer vanished ends eventually.
  connection.setKeepAlive(true);
  return fromDenoConnection(connection);
}

/** A link to a TCP server. @throws Deno's error if it cannot be reached. */
export async function connectTcp(host: string, port: number): Promise<ByteLink> {
  return linkOver(await Deno.connect({ hostname: host, port }));
}

/** What `Deno.serve` passes along with a request. */
export interface RequestInfo {
  readonly remoteAddr: DenoAddress;
}

export interface HandlerOptions {
  /**
   * Who the client is, if that is not the socket's other end: for instance from a reverse proxy's header, which nobody else
   * must be able to send. If it throws, the upgrade is refused. With `isDirect: true`, the address counts for `from=` and a
   * certificate's `source-address`, which are otherwise refused over WebSocket.
   */
  readonly peer?: (request: Request, info: RequestInfo | undefined) => Peer;
}

/**
 * For `Deno.serve`: upgrades to a WebSocket that carries one ssh connection, or answers 403 if the hook `connection` refuses
 * it; answers everything else with 426.
 */
export function handler(
  server: Server,
  { peer: tell = visitingPeer }: HandlerOptions = {},
): (request: Request, info?: RequestInfo) => Promise<Response> {
  return async (request, info) => {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
      const text = "This is an ssh server over WebSocket. Log in with ssh -o ProxyCommand='ssh-bridge proxy URL'\n";
      return new Response(text, { status: 426, headers: { upgrade: 'websocket' } });
    }
    const headers = readHeaders(request.headers);
    if (headers === undefined) return new Response(null, { status: TOO_LARGE });
    // Once upgraded, the request no longer knows its address.
    const peer = tellPeer(() => tell(request, info));
    if (peer === undefined) return new Response(null, { status: 400 });
    const serve = await server.admit(peer, { headers });
    if (serve === undefined) return new Response(null, { status: 403 });
    const upgraded = upgrade(request);
    if (upgraded === undefined) return new Response(null, { status: 400 });
    const { socket, response } = upgraded;
    const link = fromWebSocket(socket, { peer });
    socket.addEventListener('open', () => void serve(link).catch(() => undefined));
    return response;
  };
}

/** Undefined if it is no handshake (RFC 6455 §4.2.1): thrown, that would be a stack trace in the log for each. */
function upgrade(request: Request): ReturnType<typeof Deno.upgradeWebSocket> | undefined {
  try {
    return Deno.upgradeWebSocket(request, { idleTimeout: IDLE_TIMEOUT });
  } catch {
    return undefined;
  }
}

function visitingPeer(_request: Request, info: RequestInfo | undefined): Peer {
  return info === undefined ? {} : peerOf(info.remoteAddr);
}

/** For `createServer({ forwarding: forwarding() })`: connects and listens with Deno's sockets, if the `forward` hook accepts. */
export function forwarding(options: DenoSocketOptions = {}): Forwarding {
  return forwardingOver({ sockets: denoSockets(options) });
}
