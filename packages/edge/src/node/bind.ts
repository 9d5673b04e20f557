/** Binds a server of Node to an address. */
import type { AddressInfo, Server } from 'node:net';

/** Where a listener is bound. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Stops listening; connections that are open stay. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  /** Loopback by default. */
  readonly host?: string;
}

/** @throws the system's error, EADDRINUSE for instance. */
export async function bind(server: Server, { port, host = '127.0.0.1' }: ListenOptions): Promise<Listener> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      // What fails later, for want of a descriptor, concerns one connection: the others go on.
      server.on('error', () => undefined);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return {
    host: address.address,
    port: address.port,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
