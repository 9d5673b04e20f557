/** Sockets of Workers for forwarding: TCP to connect to. Workers cannot listen, and do not tell what a name stands for. */
import type { Sockets } from '@nacre/core/forwarding';
import { fromWorkersSocket, type WorkersSocket } from './socket-link.js';

/** `connect` of `cloudflare:sockets`; it fits. */
export type WorkersConnect = (
  address: { readonly hostname: string; readonly port: number },
  options: { readonly secureTransport: 'off'; readonly allowHalfOpen: boolean },
) => WorkersSocket;

/**
 * What `forwarding` of `@nacre/core/forwarding` needs in a Worker. Security: Cloudflare's network refuses private addresses;
 * workerd of your own connects to what its configuration allows.
 */
export function workersSockets(connect: WorkersConnect): Sockets {
  return {
    connectTcp: async (hostname, port, signal) => {
      const socket = connect({ hostname, port }, { secureTransport: 'off', allowHalfOpen: true });
      const abort = (): void => void socket.close().catch(() => undefined);
      signal.addEventListener('abort', abort, { once: true });
      await socket.opened;
      signal.removeEventListener('abort', abort);
      return fromWorkersSocket(socket);
    },
  };
}
