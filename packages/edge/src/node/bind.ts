/** Binds a Node server to one or more addresses. */
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { ConfigurationError } from '@nacre/core';

/** Where a listener is bound. */
export interface Listener {
  /** The first address, if there are several. */
  readonly host: string;
  readonly port: number;
  /** Stops listening, and does not wait for open connections, which stay. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** 0 lets the system choose one port for all hosts. */
  readonly port: number;
  /** One or more addresses, of which all are bound or none. Loopback by default. */
  readonly host?: string | readonly string[];
}

/** `create` is called once for each host. @throws the system's error, such as EADDRINUSE. */
export async function bind(create: () => Server, { port, host = '127.0.0.1' }: ListenOptions): Promise<Listener> {
  const bound: Server[] = [];
  const close = async (): Promise<void> => {
    for (const server of bound) {
      // Its callback would wait for the last connection to end.
      server.close();
      // What an HTTP server still counts as its own asks for no ssh, and the check for slow requests is over.
      (server as Partial<HttpServer>).closeAllConnections?.();
    }
  };
  let first: AddressInfo | undefined;
  try {
    for (const each of [host].flat()) {
      const server = create();
      server.listen(first?.port ?? port, each);
      await once(server, 'listening');
      bound.push(server);
      // A later failure, for lack of a descriptor, concerns one connection: the others go on.
      server.on('error', () => undefined);
      first ??= server.address() as AddressInfo;
    }
  } catch (error) {
    await close();
    throw error;
  }
  if (first === undefined) throw new ConfigurationError('there is no host to listen on: leave `host` out for loopback');
  return { host: first.address, port: first.port, close };
}
