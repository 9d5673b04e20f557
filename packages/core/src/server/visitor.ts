/** What the hook `connection` is told about a new client: more than a connection remembers of it. */
import type { Peer } from '../link.js';
import { sourcePrefix } from './door/source-prefix.js';
import { describeConnections, type CountedConnection, type SourceStats } from './stats.js';

/**
 * Where the network in front of a server says that its client is; none of it is proven. Strings of at most 256
 * characters.
 */
export interface EdgeLocation {
  /** Two letters each: `EU`, `NL` (ISO 3166-1), `NH` (ISO 3166-2). */
  readonly continent?: string;
  readonly country?: string;
  readonly regionCode?: string;
  readonly region?: string;
  readonly city?: string;
  readonly postalCode?: string;
  /** Degrees, as decimal text. */
  readonly latitude?: string;
  readonly longitude?: string;
  /** An IANA time zone name, `Europe/Amsterdam`. */
  readonly timezone?: string;
  /** The client's network: the number of its autonomous system, and its owner. */
  readonly asn?: number;
  readonly asOrganization?: string;
  /** The data centre that the client reached. */
  readonly colo?: string;
}

/** What comes with a request to upgrade to a WebSocket. */
export interface Upgrade {
  /**
   * Header fields by lower-case name; repeated fields are joined by a comma. Security: these include cookies and
   * tokens, so only the hook sees them: nothing keeps or logs them.
   */
  readonly headers?: ReadonlyMap<string, string>;
  readonly edge?: EdgeLocation;
}

/** Current connections, not counting the one being asked about. */
export interface LiveCounts extends SourceStats {
  /** Those from the same source: IPv4 address, or /64 of an IPv6 address; all without an address if it has none. */
  readonly fromSource: SourceStats;
}

export interface Visitor extends Peer, Upgrade {
  readonly counts: LiveCounts;
}

/** The counts are computed when read, by iterating over `connections`. */
export function describeVisitor(
  connection: CountedConnection,
  upgrade: Upgrade,
  connections: Iterable<CountedConnection>,
): Visitor {
  return {
    ...connection.peer,
    ...upgrade,
    get counts(): LiveCounts {
      const others = [...connections].filter((other) => other !== connection);
      const { connections: all, unauthenticated, sources } = describeConnections(others);
      const source = sourcePrefix(connection.peer.remoteAddress ?? '');
      const fromSource = sources.get(source) ?? { connections: 0, unauthenticated: 0 };
      return { connections: all, unauthenticated, fromSource };
    },
  };
}
