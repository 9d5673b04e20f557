/** Dials the target of a link: TCP addresses in turn, or a Unix socket, within one deadline. */
import type { NetConnectOpts, Socket } from 'node:net';
import { BridgeError, systemCode } from '../bridge-error.js';
import { EXIT } from '../exit-codes.js';
import { connectLending } from '../lent-reads.js';
import { formatDestination, type Destination } from '../net/destination.js';
import { KEEP_ALIVE_DELAY } from '../tcp-listen.js';

/** For all addresses of a target together, in ms. */
export const CONNECT_TIMEOUT = 10_000;

const SOCKET_OPTIONS = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY };

/**
 * Resolves to a connection that is paused.
 *
 * @param addresses already checked, in the order to try them; unused for a Unix socket
 * @throws BridgeError
 */
export async function connectTo(
  destination: Destination,
  addresses: readonly string[],
  signal: AbortSignal,
  timeout: number = CONNECT_TIMEOUT,
): Promise<Socket> {
  if (destination.kind === 'unix') return attempt(destination, { path: destination.path }, signal, timeout);
  let failure: unknown;
  for (const address of addresses) {
    try {
      // Security: the address that was checked, never the name, which may resolve to another one by now.
      return await attempt(destination, { host: address, port: destination.port }, signal, timeout / addresses.length);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function attempt(
  destination: Destination,
  where: NetConnectOpts,
  signal: AbortSignal,
  timeout: number,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectLending({ ...SOCKET_OPTIONS, ...where });
    socket.pause();
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('error', fail);
    };
    const fail = (error: Error): void => {
      settle();
      socket.on('error', ignore);
      socket.destroy();
      reject(explain(destination, error));
    };
    const timer = setTimeout(() => fail(new Error('no answer')), timeout);
    const onAbort = (): void => fail(new Error('stopped'));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', fail);
    socket.once('connect', () => {
      settle();
      // Until the pump runs, nothing else listens for errors.
      socket.on('error', ignore);
      resolve(socket);
    });
    if (signal.aborted) onAbort();
  });
}

/** Not a closure: that would keep its whole scope alive as long as the socket. */
function ignore(): void {
  // Failures show when the socket closes.
}

function explain(destination: Destination, error: Error): BridgeError {
  const code = systemCode(error);
  // Security: the visitor sees this message, so it does not name the operator's files; the log does.
  const name = destination.kind === 'unix' ? 'its Unix socket' : formatDestination(destination);
  return new BridgeError(
    'target',
    code === 'ETIMEDOUT' || error.message === 'no answer' ? EXIT.timeout : EXIT.unavailable,
    `${name}: ${code === 'ECONNREFUSED' ? 'connection refused' : (code ?? error.message)}`,
    'check that its server is running',
    error,
  );
}
