/** Unused connections: OpenSSH's ChannelTimeout and UnusedConnectionTimeout, applied to a whole connection. */
import type { Clock } from '../driver.js';

export interface IdleTimeouts {
  /** Ends a connection whose channels have moved no data for this long, in ms; keepalives do not count. */
  readonly idle?: number;
  /** Ends a connection that has had no channel for this long, in ms. */
  readonly unused?: number;
}

/** Tells whether a connection is in use: a `Multiplexer`. */
interface Use {
  /** Changes with every data message, in either direction. */
  readonly moved: number;
  readonly channels: Iterable<unknown>;
}

/** Checks per timeout: it may fire late by up to one part in this many. */
const LOOKS = 8;

/** Calls `expired` once, with the reason, when a timeout expires. @returns a function that ends the watch. */
export function watchIdleness(
  { idle, unused }: IdleTimeouts,
  clock: Clock,
  use: Use,
  expired: (reason: string) => void,
): (() => void) | undefined {
  if (idle === undefined && unused === undefined) return undefined;
  const interval = Math.max(1, Math.min(idle ?? Infinity, unused ?? Infinity) / LOOKS);
  let movedAt = clock.now();
  let usedAt = movedAt;
  let { moved } = use;
  let cancel = (): void => undefined;
  const look = (): void => {
    const now = clock.now();
    if (use.moved !== moved) movedAt = now;
    ({ moved } = use);
    const [channel] = use.channels;
    if (channel !== undefined) usedAt = now;
    if (idle !== undefined && now - movedAt >= idle) expired('nothing has moved for too long');
    else if (unused !== undefined && now - usedAt >= unused) expired('no channel was opened for too long');
    else cancel = clock.schedule(look, interval);
  };
  cancel = clock.schedule(look, interval);
  return () => cancel();
}
