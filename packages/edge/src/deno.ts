/** Deno: TCP by `Deno.listen`, WebSocket by `Deno.serve`, and the order of ciphers that suits it. */
import {
  ciphers,
  fromWebSocket,
  type AlgorithmTables,
  type ByteLink,
  type Server,
  type WebSocketLike,
} from '@nacre/core';
import { fromDenoConnection, peerOf, type DenoAddress, type DenoConnection } from './deno/connection-link.js';

export { fromDenoConnection, type DenoConnection } from './deno/connection-link.js';

interface DenoTcpConnection extends DenoConnection {
  setNoDelay(noDelay?: boolean): void;
}

interface DenoListener extends AsyncIterable<DenoTcpConnection> {
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

/** Every row, in the order in which Deno is fast: its `node:crypto` takes 400 MB/s with AES-CTR and 250 with AES-GCM. */
export const denoAlgorithms = {
  ciphers: {
    'aes128-ctr': ciphers['aes128-ctr'],
    'aes192-ctr': ciphers['aes192-ctr'],
    'aes256-ctr': ciphers['aes256-ctr'],
    'chacha20-poly1305@openssh.com': ciphers['chacha20-poly1305@openssh.com'],
    'aes128-gcm@openssh.com': ciphers['aes128-gcm@openssh.com'],
    'aes256-gcm@openssh.com': ciphers['aes256-gcm@openssh.com'],
  },
} satisfies Partial<AlgorithmTables>;

/** Where a listener is bound. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Stops listening; connections that are open stay. */
  close(): void;
}

export interface ListenOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  /** Loopback by default. */
  readonly host?: string;
}

/** Listens for ssh clients on TCP. @throws `Deno.errors.AddrInUse` and its kin. */
export function listen(server: Server, { port, host = '127.0.0.1' }: ListenOptions): Listener {
  const listener = Deno.listen({ hostname: host, port });
  void serve(server, listener);
  const { hostname = host, port: bound = port } = listener.addr;
  return { host: hostname, port: bound, close: () => listener.close() };
}

async function serve(server: Server, listener: DenoListener): Promise<void> {
  for await (const connection of listener) {
    try {
      connection.setNoDelay(true);
      void server.accept(fromDenoConnection(connection)).catch(() => undefined);
    } catch {
      // It was gone before it could be served.
    }
  }
}

/** A link to a TCP server. @throws Deno's error where it cannot be reached. */
export async function connectTcp(host: string, port: number): Promise<ByteLink> {
  const connection = await Deno.connect({ hostname: host, port });
  connection.setNoDelay(true);
  return fromDenoConnection(connection);
}

/**
 * For `Deno.serve`: upgrades to a WebSocket that carries one ssh connection; answers everything else with 426.
 * Deno's own pings are off: ssh notices a peer that is gone.
 */
export function handler(server: Server): (request: Request, info?: { readonly remoteAddr: DenoAddress }) => Response {
  return (request, info) => {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
      const text = 'This is an ssh server over WebSocket: `npx ssh-bridge proxy` reaches it.\n';
      return new Response(text, { status: 426, headers: { upgrade: 'websocket' } });
    }
    // Once upgraded the request does not know its address any more.
    const peer = info === undefined ? {} : peerOf(info.remoteAddr);
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    const link = fromWebSocket(socket, { peer });
    socket.addEventListener('open', () => void server.accept(link).catch(() => undefined));
    return response;
  };
}
