/** Deno's sockets for forwarding: TCP and Unix sockets, to connect and to listen. */
import { systemClock } from '@nacre/core';
import type { Connected, Listening, Sockets } from '@nacre/core/forwarding';
import { acceptAll, type DenoAcceptor } from './accept-loop.js';
import { fromDenoConnection, peerOf, type DenoAddress, type DenoConnection } from './connection-link.js';

interface DenoListener extends DenoAcceptor<DenoConnection> {
  readonly addr: DenoAddress;
  close(): void;
}

type TcpOptions = { readonly hostname: string; readonly port: number; readonly signal?: AbortSignal };
type UnixOptions = { readonly transport: 'unix'; readonly path: string; readonly signal?: AbortSignal };

declare const Deno: {
  connect(options: TcpOptions | UnixOptions): Promise<DenoConnection>;
  listen(options: TcpOptions | UnixOptions): DenoListener;
  resolveDns(name: string, type: 'A' | 'AAAA'): Promise<readonly string[]>;
  chmod(path: string, mode: number): Promise<void>;
};

/** Only its owner may connect to a socket that is made for a client. */
const UNIX_SOCKET_MODE = 0o600;
const LOOPBACK = ['127.0.0.1', '::1'];

export interface DenoSocketOptions {
  /** Listens on the address that the client asks for, not only on loopback. False if not given. */
  readonly gatewayPorts?: boolean;
}

/** What `forwarding` of `@nacre/core/forwarding` needs on Deno. Resolves names of the DNS, and `localhost`. */
export function denoSockets({ gatewayPorts = false }: DenoSocketOptions = {}): Required<Sockets> {
  return {
    resolve,
    connectTcp: async (hostname, port, signal) => fromDenoConnection(await Deno.connect({ hostname, port, signal })),
    connectUnix: async (path, signal) => fromDenoConnection(await Deno.connect({ transport: 'unix', path, signal })),
    listenTcp: async (host, port, tell) => {
      const hostname = !gatewayPorts ? '127.0.0.1' : host === '' || host === '*' ? '::' : host;
      return listening(Deno.listen({ hostname, port }), tell);
    },
    listenUnix: async (path, tell) => {
      const listener = Deno.listen({ transport: 'unix', path });
      await Deno.chmod(path, UNIX_SOCKET_MODE);
      return listening(listener, tell);
    },
  };
}

async function resolve(host: string): Promise<readonly string[]> {
  if (host.toLowerCase() === 'localhost') return LOOPBACK;
  const answers = await Promise.allSettled([Deno.resolveDns(host, 'A'), Deno.resolveDns(host, 'AAAA')]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

function listening(listener: DenoListener, tell: Connected): Listening {
  let isClosed = false;
  const serve = (connection: DenoConnection): void =>
    tell(fromDenoConnection(connection), peerOf(connection.remoteAddr));
  void acceptAll(listener, serve, () => isClosed, systemClock);
  const { port } = listener.addr;
  return {
    ...(port === undefined ? {} : { port }),
    close() {
      isClosed = true;
      listener.close();
    },
  };
}
