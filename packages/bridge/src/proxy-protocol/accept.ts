/** The PROXY protocol on a listening port: trusted load balancers begin with a header, other clients do not. */
import type { Server, Socket } from 'node:net';
import { plainAddress } from '../address.js';
import type { Networks } from '../net/networks.js';
import type { Visitor } from '../net/visitors.js';
import { parseProxyHeader } from './header.js';

/** How long a load balancer may take to send its header, in ms. */
const HEADER_TIMEOUT = 5_000;

/**
 * Runs before the server's existing listeners: they see a connection once its header has been read. A trusted load
 * balancer that sends no header, or a malformed one, is disconnected.
 *
 * @param onVisitor is told who is behind a connection, before those listeners run
 */
export function expectProxyHeaders(
  server: Server,
  trusted: () => Networks,
  onVisitor: (socket: Socket, visitor: Visitor) => void,
): void {
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const pass = (): void => {
      for (const listener of listeners) Reflect.apply(listener, server, [socket]);
    };
    // Security: from anybody else a header counts as ordinary input, and is malformed.
    if (!trusted().has(plainAddress(socket.remoteAddress))) {
      pass();
      return;
    }
    readHeader(socket, (visitor) => {
      if (visitor) onVisitor(socket, visitor);
      pass();
    });
  });
}

function readHeader(socket: Socket, done: (visitor: Visitor | undefined) => void): void {
  const wasPaused = socket.isPaused();
  let bytes = Buffer.alloc(0);
  const giveUp = (): void => void socket.destroy();
  const timer = setTimeout(giveUp, HEADER_TIMEOUT);
  socket.on('error', giveUp);
  socket.once('close', () => clearTimeout(timer));
  const onData = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    const header = parseProxyHeader(bytes);
    if (header.kind === 'incomplete') return;
    clearTimeout(timer);
    socket.off('data', onData);
    if (header.kind === 'malformed') {
      giveUp();
      return;
    }
    socket.pause();
    if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length));
    socket.off('error', giveUp);
    done(header.visitor);
    // TLS reads the rest from the paused socket itself, without a `data` listener.
    if (!wasPaused && socket.listenerCount('data') > 0) socket.resume();
  };
  socket.on('data', onData);
  socket.resume();
}
