/** Who stands at the door, as the hook `connection` is told: more than a connection remembers of its client. */
import type { Peer } from '../link.js';
import { sourcePrefix } from './door/source-prefix.js';
import { describeConnections, type CountedConnection, type SourceStats } from './stats.js';

/** Where the network in front of a server says that its client is; none of it is proven. Texts of 256 characters at most. */
export interface EdgeLocation {
  /** Two letters: `EU`, `NL` (ISO 3166-1), `NH` (ISO 3166-2). */
  readonly continent?: string;
  readonly country?: string;
  readonly regionCode?: string;
  readonly region?: string;
  readonly city?: string;
  readonly postalCode?: string;
  /** Degrees, as decimal text. */
  readonly latitude?: string;
  readonly longitude?: string;
  /** A name of the IANA's, `Europe/Amsterdam`. */
  readonly timezone?: string;
  /** The client's network: its autonomous system's number, and whose it is. */
  readonly asn?: number;
  readonly asOrganization?: string;
  /** The data centre that the client came to. */
  readonly colo?: string;
}

/** What comes with a request to upgrade to a WebSocket. */
export interface Upgrade {
  /**
   * Header fields by their names in lower case; the values of one that came twice are joined by a comma. Security: cookies and
   * tokens are among them, so they are the hook's alone: nothing keeps or logs them.
   */
  readonly headers?: ReadonlyMap<string, string>;
  readonly edge?: EdgeLocation;
}

/** Connections besides the one that is asked about, of this moment. */
export interface LiveCounts extends SourceStats {
  /** Those of its source: its IPv4 address, or the /64 around its IPv6 one; all without an address where it has none. */
  readonly fromSource: SourceStats;
}

export interface Visitor extends Peer, Upgrade {
  readonly counts: LiveCounts;
}

/** Counts when it is looked at: `connections` are gone through for that. */
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
