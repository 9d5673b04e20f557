/** A server that forwards whatever it is asked to, with the sockets of its runtime. */
import { accept, createServer, type Server, type ServerOptions } from '@nacre/core';
import { runProcess } from '@nacre/edge/node';

export function forwardingServer(forwarding: ServerOptions['forwarding']): Server {
  return createServer({
    hooks: { none: () => accept, forward: () => accept },
    ...(forwarding && { forwarding }),
    session: (session) => runProcess(session, 'ssh-add', ['-l']),
  });
}
