/** A WebSocket to an SSH server; where the address says that the server keeps sessions (SSH Relay v4), it outlives its connections. */
import type { Clock, WebSocketLike } from '@nacre/core';
import { CONNECT_SUFFIX, ResumableWebSocket } from 'ssh-bridge/relay-v4';

export interface OpenWebSocketOptions {
  /** Entries of Sec-WebSocket-Protocol for the first connection: a ticket, say. */
  readonly secrets?: readonly string[];
  readonly clock?: Clock;
  /** `new WebSocket(url, protocols)`, unless a test gives its own. */
  readonly createSocket?: (url: URL, protocols: string[]) => WebSocketLike;
}

/** For `fromWebSocket`. An address that ends in `/v4/connect` is one of `ssh-bridge serve`, or of a relay for its tabs. */
export function openWebSocket(url: string | URL, options: OpenWebSocketOptions = {}): WebSocketLike {
  const { secrets = [], clock, createSocket = (to, protocols) => new WebSocket(to, protocols) } = options;
  const address = new URL(url);
  if (!address.pathname.endsWith(CONNECT_SUFFIX)) return createSocket(address, [...secrets]);
  return new ResumableWebSocket(address, {
    createSocket,
    secrets,
    onWait: whenOnline,
    ...(clock === undefined
      ? {}
      : { schedule: (delay, callback) => clock.schedule(callback, delay), now: () => clock.now() }),
  });
}

/** Calls back as soon as the system says that it has a network again; returns how to take that back. */
function whenOnline(goOn: () => void): () => void {
  if (typeof addEventListener === 'undefined') return () => undefined;
  addEventListener('online', goOn);
  return () => removeEventListener('online', goOn);
}
