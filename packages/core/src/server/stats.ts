/** What a server can tell about the connections that it has, and had. */
import type { DoorCounts } from './door/door.js';
import type { LiveConnection } from './connection.js';
import { sourcePrefix } from './door/source-prefix.js';

export interface SourceStats {
  readonly connections: number;
  readonly unauthenticated: number;
}

interface ConnectionStats extends SourceStats {
  /** Channels of all connections. */
  readonly channels: number;
  /** By source: an IPv4 address, or the /64 around an IPv6 one; empty where no address is known. */
  readonly sources: ReadonlyMap<string, SourceStats>;
}

export interface ServerStats extends ConnectionStats, DoorCounts {}

export function describeConnections(connections: Iterable<LiveConnection>): ConnectionStats {
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
    total.channels += [...(engine?.multiplexer.channels ?? [])].length;
  }
  return { ...total, sources };
}
