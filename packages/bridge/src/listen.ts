/** `ssh-bridge listen`: a local TCP port; every connection to it becomes a link to one WebSocket URL. */
import { setMaxListeners } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { formatAddress, LOOPBACK, plainAddress } from './address.js';
import { BridgeError } from './bridge-error.js';
import { parseTarget } from './dial.js';
import { explainEnd } from './explain-end.js';
import { noLog, type Log, type LogEvent } from './log.js';
import { socketStream } from './pump.js';
import { openLine, type LineOptions } from './resume/line.js';
import { refuse, SSH_DISCONNECT_BY_APPLICATION } from './refusal.js';
import { delay } from './delay.js';
import { referToDoctor, shownUrl } from './doctor/refer-to-doctor.js';
import { bind, closed, connectionsOf, MAX_CONNECTIONS, SSH_SOCKET_OPTIONS } from './tcp-listen.js';
import { whenAborted } from './when-aborted.js';

export interface ListenOptions extends LineOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default: 0, a free port. */
  readonly port?: number | undefined;
  /** A Unix socket, instead of a host and a port. */
  readonly path?: string | undefined;
  /** The command, for the log, that says more about a failure; default: `doctor` without flags, as ssh clients are told. */
  readonly doctor?: string | undefined;
}

export interface Listener {
  readonly host: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  readonly path?: string | undefined;
  /** Sets how links are made from now on; connections whose link broke try again at once. */
  reload(options: LineOptions): void;
  /** Stops listening, and ends all connections that are still open after `drain` ms (default 0). */
  close(drain?: number): Promise<void>;
}

/** @throws BridgeError if the address is unavailable */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host = LOOPBACK, path, log = noLog } = options;
  let dialOptions: LineOptions = { ...options, url: parseTarget(options.url) };
  const waiting = new Set<() => void>();
  const onWait = (goOn: () => void): (() => void) => {
    waiting.add(goOn);
    return () => waiting.delete(goOn);
  };
  const stop = new AbortController();
  // Every connection adds a listener.
  setMaxListeners(0, stop.signal);
  const server = createServer(SSH_SOCKET_OPTIONS, (socket) => {
    void carry(socket, { ...dialOptions, log, onWait, signal: stop.signal, doctor: options.doctor });
  });
  server.maxConnections = MAX_CONNECTIONS;
  const connections = connectionsOf(server);
  const port = await bind(server, { host, port: options.port ?? 0, path });
  const close = async (drain = 0): Promise<void> => {
    const ended = closed(server);
    await Promise.race([ended, delay(drain)]);
    stop.abort();
    for (const socket of connections) socket.destroy();
    await ended;
  };
  whenAborted(options.signal, () => void close());
  const reload = (next: LineOptions): void => {
    dialOptions = { ...next, url: parseTarget(next.url) };
    for (const goOn of waiting) goOn();
  };
  return { host, port, path, reload, close };
}

interface CarryOptions extends LineOptions {
  readonly log: Log;
  readonly doctor: string | undefined;
}

async function carry(socket: Socket, options: CarryOptions): Promise<void> {
  const client = formatAddress({ host: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 });
  // Until the pump runs, nothing else notices that the client has left.
  socket.on('error', () => socket.destroy());
  try {
    const line = await openLine(options);
    if (socket.destroyed) {
      line.drop();
      return;
    }
    options.log('info', 'connection-opened', `${client} connected`, { client });
    const stream = socketStream(socket);
    // A client that has received nothing yet can still be told why.
    const isTold = (): boolean => socket.bytesWritten > 0;
    const end = await line.carry({ ...stream, abort: () => (isTold() ? stream.abort() : undefined) });
    options.log('info', 'connection-closed', `${client} ended: ${end.how}`, { client, how: end.how });
    const error = explainEnd(end);
    if (error && !isTold()) complain(socket, error, 'link-failed', client, options);
  } catch (error) {
    complain(socket, error, 'dial-failed', client, options);
  }
}

/** Tells the log and the ssh client. Security: only the log learns which files the flags name. */
function complain(socket: Socket, failure: unknown, event: LogEvent, client: string, options: CarryOptions): void {
  const plain = `ssh-bridge doctor ${shownUrl(parseTarget(options.url))}`;
  const step = failure instanceof BridgeError ? failure.step : undefined;
  options.log('error', event, messageOf(referToDoctor(failure, options.doctor ?? plain)), { client, step });
  if (socket.destroyed) return;
  refuse(socket, SSH_DISCONNECT_BY_APPLICATION, `ssh-bridge: ${messageOf(referToDoctor(failure, plain))}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
