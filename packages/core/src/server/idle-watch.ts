/** Connections that nobody uses: as OpenSSH's ChannelTimeout and UnusedConnectionTimeout, for a whole connection. */
import type { Clock } from '../driver.js';

export interface IdleTimeouts {
  /** Ends a connection whose channels moved no data for so long, in ms; asking whether it is there (keepalive) is no use of it. */
  readonly idle?: number;
  /** Ends a connection that has had no channel for so long, in ms. */
  readonly unused?: number;
}

/** What tells whether a connection is used: a `Multiplexer`. */
interface Use {
  /** Changes with every message of data, either way. */
  readonly moved: number;
  readonly channels: Iterable<unknown>;
}

/** A timeout is looked at so many times: it takes up to a part in so many longer than it says. */
const LOOKS = 8;
/** Calls `expired` once, with what to say, when a timeout is over. @returns what ends the watch. */
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
