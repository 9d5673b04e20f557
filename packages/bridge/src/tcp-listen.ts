/** Binds a server to an address or a Unix socket, or says in one line why it cannot. */
import { rm, stat } from 'node:fs/promises';
import { connect, type Server, type ServerOpts, type Socket } from 'node:net';
import { formatAddress, type ListenAddress } from './address.js';
import { BridgeError, systemCode } from './bridge-error.js';
import { delay } from './delay.js';
import { EXIT } from './exit-codes.js';
import { FAREWELL_TIMEOUT } from './websocket/close-with.js';

/** A silent connection is probed after this many ms, so that one whose peer vanished ends eventually. */
export const KEEP_ALIVE_DELAY = 30_000;

/** For sockets that carry an ssh connection: nothing is read before there is somewhere to put it. */
export const SSH_SOCKET_OPTIONS = {
  allowHalfOpen: true,
  pauseOnConnect: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_DELAY,
} as const satisfies ServerOpts;

/** A bound on file descriptors: connections of one listening port, at any stage. */
export const MAX_CONNECTIONS = 1024;

/**
 * Resolves to the port that was bound, 0 for a Unix socket.
 *
 * @throws BridgeError
 */
export async function bind(server: Server, address: ListenAddress): Promise<number> {
  const { path } = address;
  if (path !== undefined && (await isLeftOver(path))) await rm(path, { force: true });
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(explainBindError(address, error));
    server.once('error', onError);
    const { host, port } = address;
    server.listen(path === undefined ? { host, port } : { path }, () => {
      server.off('error', onError);
      // Running out of descriptors shows up here later; open connections go on.
      server.on('error', () => undefined);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : address.port);
    });
  });
}

/** Accepts no more connections; resolves once the open ones have ended. */
export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** The open connections of a server that has none yet. */
export function connectionsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.prependListener('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}

/** Settles with `ended`, which needs all connections to end: those that are still open after a moment are broken off. */
export async function breakOff(connections: ReadonlySet<Socket>, ended: Promise<unknown>): Promise<void> {
  await Promise.race([ended, delay(FAREWELL_TIMEOUT)]);
  for (const socket of connections) socket.destroy();
  await ended;
}

/** Whether a file is a socket that nobody listens on any more: a process that was killed leaves it behind. */
async function isLeftOver(path: string): Promise<boolean> {
  const isSocket = await stat(path).then(
    (found) => found.isSocket(),
    () => false,
  );
  if (!isSocket) return false;
  return new Promise((resolve) => {
    const probe = connect({ path });
    const settle = (isRefused: boolean): void => {
      probe.destroy();
      resolve(isRefused);
    };
    probe.once('connect', () => settle(false));
    probe.once('error', (error) => settle(systemCode(error) === 'ECONNREFUSED'));
  });
}

function explainBindError(address: ListenAddress, error: Error): BridgeError {
  const at = formatAddress(address);
  const code = systemCode(error);
  switch (code) {
    case 'EADDRINUSE':
      return new BridgeError(
        'listen',
        EXIT.unavailable,
        `${at} is in use`,
        address.path === undefined
          ? `choose another port, or see who has it; next: ss -ltnp 'sport = :${address.port}'`
          : `choose another path, or see what is there; next: ls -l ${address.path}`,
        error,
      );
    case 'EACCES':
      return new BridgeError(
        'listen',
        EXIT.notAllowed,
        `not allowed to use ${at}`,
        // Node reports a missing folder this way, too.
        address.path === undefined ? 'choose a port above 1023' : 'check that its folder exists and is yours',
        error,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new BridgeError(
        'listen',
        EXIT.unavailable,
        `${address.host} is not an address of this machine`,
        'use 127.0.0.1',
        error,
      );
    default:
      return new BridgeError('listen', EXIT.unavailable, `${at}: ${error.message}`, 'choose another address', error);
  }
}
