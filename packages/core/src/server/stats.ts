/** What a server reports about its current and past connections. */
import type { Engine } from '../engine/engine.js';
import type { Peer } from '../link.js';
import type { Offence } from './door/penalties.js';
import { sourcePrefix } from './door/source-prefix.js';

export interface SourceStats {
  readonly connections: number;
  readonly unauthenticated: number;
}

interface ConnectionStats extends SourceStats {
  /** Channels of all connections. */
  readonly channels: number;
  /** By source: an IPv4 address, or the /64 of an IPv6 address; empty if no address is known. */
  readonly sources: ReadonlyMap<string, SourceStats>;
}

/** What came to the server since it was created. */
export interface DoorCounts {
  readonly accepted: number;
  /** Turned away for lack of room, and because of penalties. */
  readonly refused: number;
  readonly penalised: number;
  /** Admitted, then ended before authentication to make room for others. */
  readonly displaced: number;
  readonly authenticated: number;
  readonly offences: Readonly<Partial<Record<Offence, number>>>;
}

export interface ServerStats extends ConnectionStats, DoorCounts {}

/** The parts of a connection that are needed to count it. */
export interface CountedConnection {
  readonly peer: Peer;
  readonly engine: Pick<Engine, 'isAuthenticated' | 'isClosed' | 'multiplexer'> | undefined;
}

export function describeConnections(connections: Iterable<CountedConnection>): ConnectionStats {
  const sources = new Map<string, { connections: number; unauthenticated: number }>();
  const total = { connections: 0, unauthenticated: 0, channels: 0 };
  for (const { peer, engine } of connections) {
    const name = sourcePrefix(peer.remoteAddress ?? '');
    const source = sources.get(name) ?? { connections: 0, unauthenticated: 0 };
    sources.set(name, source);
    for (const count of [source, total]) {
      count.connections += 1;
      if (engine?.isAuthenticated !== true && engine?.isClosed !== true) count.unauthenticated += 1;
    }
    total.channels += engine?.multiplexer.channels.length ?? 0;
  }
  return { ...total, sources };
}
