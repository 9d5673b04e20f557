/** A server that forwards whatever it is asked for, by the sockets of its runtime. */
import { accept, createServer, type Server, type ServerOptions } from '@nacre/core';

export function forwardingServer(forwarding: ServerOptions['forwarding']): Server {
  return createServer({
    hooks: { none: () => accept, forward: () => accept },
    ...(forwarding && { forwarding }),
  });
}
