/** Node: TCP and WebSocket listeners, and links over their sockets. */
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import type { ByteLink, LinkReceiver, Server } from '@nacre/core';

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

/** Listens for ssh clients on TCP. @throws the system's error, EADDRINUSE for instance. */
export async function listen(server: Server, { port, host = '127.0.0.1' }: ListenOptions): Promise<Listener> {
  const tcp = createTcpServer({ noDelay: true }, (socket) => {
    void server.accept(fromSocket(socket)).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(port, host, resolve);
  });
  const address = tcp.address() as AddressInfo;
  return {
    host: address.address,
    port: address.port,
    close: () => new Promise((resolve) => void tcp.close(() => resolve())),
  };
}

/** A link over a TCP or Unix socket. No web streams are made. */
export function fromSocket(socket: Socket): ByteLink {
  const { remoteAddress, remotePort } = socket;
  return {
    peer: {
      ...(remoteAddress === undefined ? {} : { remoteAddress }),
      ...(remotePort === undefined ? {} : { remotePort }),
    },
    open(receiver: LinkReceiver) {
      let isEnded = false;
      const end = (error?: unknown): void => {
        if (isEnded) return;
        isEnded = true;
        receiver.end(error);
      };
      socket.setNoDelay(true);
      socket.on('data', (chunk: Uint8Array) => receiver.chunk(chunk));
      socket.on('drain', () => receiver.drain());
      socket.on('end', () => end());
      socket.on('error', (error) => end(error));
      socket.on('close', () => end());
    },
    write: (bytes) => socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}
