/** A server, as the application has it: it takes connections, counts them and ends them. */
import type { Signer } from '../algorithms/algorithm.js';
import type { ByteLink, Duplex, Peer } from '../link.js';
import type { HostKeySource } from './key-store.js';
import type { ServerConnection } from './server-connection.js';
import type { Session } from './session/session.js';
import type { ServerStats } from './stats.js';
import type { Upgrade } from './visitor.js';

/** Whether it takes connections; `closing` while some are still to end. */
export type ServerState = 'open' | 'closing' | 'closed';

export interface CloseOptions {
  /** Lets sessions that run come to their end: `connection.closing` tells them. */
  readonly graceful?: boolean;
  /** How long, in ms; 30 s if not given. */
  readonly deadline?: number;
}

export interface Server {
  readonly state: ServerState;
  /** How many connections there are, and what came of those before. */
  readonly stats: ServerStats;
  readonly connections: readonly ServerConnection[];
  /** Settles when the server is closed and all connections are over. */
  readonly closed: Promise<void>;

  /**
   * Changes the host keys: connections from now on use these, those that are there keep theirs. A function is asked when the
   * next connection comes. Announce a new key beside the old one, behind it, until clients have learned it.
   */
  setHostKeys(hostKeys: HostKeySource): void;

  /**
   * Asks the hook `start`, and loads host keys unless a function makes them: adapters wait for it before they listen.
   * @throws ConfigurationError where the hook refuses, or a store neither has nor can keep a key.
   */
  ready(): Promise<void>;

  /** The keys it shows to clients; made at the first call where they were given as a function. */
  hostKeys(): Promise<readonly Signer[]>;

  /**
   * Asks the hook `start`, once; connections wait for it.
   * @throws ConfigurationError where it refuses: then the server takes no connection, ever.
   */
  start(): Promise<void>;

  /** Sessions for the application to take itself, in the place of the option `session`. @throws ConfigurationError where there is that. */
  sessions(): AsyncIterable<Session>;

  /** Serves one connection. Settles when it is over; never rejects: what went wrong is in the log. */
  accept(stream: Duplex | ByteLink, peer?: Peer): Promise<void>;

  /**
   * Asks the hook `connection` before there is a stream: an adapter whose protocol can refuse does so, as by HTTP 403. `upgrade`
   * is for that hook alone.
   * @returns what serves the stream, or undefined where the connection is refused.
   */
  admit(peer: Peer, upgrade?: Upgrade): Promise<((stream: Duplex | ByteLink) => Promise<void>) | undefined>;

  /**
   * Goes on with a connection that `ServerConnection.snapshot` wrote down, over a stream that continues the old one.
   * @throws SnapshotError where the bytes are no snapshot, or have been resumed before; ConnectionClosedError after `close`,
   * and then the snapshot is as good as it was.
   */
  resume(snapshot: Uint8Array, stream: Duplex | ByteLink): Promise<void>;

  /** Ends every connection with SSH_MSG_DISCONNECT, or lets them come to an end, and accepts no more. Settles when all are over. */
  close(options?: CloseOptions): Promise<void>;
}
