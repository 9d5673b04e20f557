/** A WebSocket to an SSH server; at an address of SSH Relay v4, it outlives its connections. */
import type { Clock, WebSocketLike } from '@nacre/core';
import { CONNECT_SUFFIX, ResumableWebSocket } from 'ssh-bridge/relay-v4';

export interface OpenWebSocketOptions {
  /** Entries of Sec-WebSocket-Protocol for the first connection, such as a ticket. */
  readonly secrets?: readonly string[];
  readonly clock?: Clock;
  /** `new WebSocket(url, protocols)`, or a test's own. */
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

/** Calls back as soon as the system reports a network again; returns a function that unregisters it. */
function whenOnline(goOn: () => void): () => void {
  if (typeof addEventListener === 'undefined') return () => undefined;
  addEventListener('online', goOn);
  return () => removeEventListener('online', goOn);
}
