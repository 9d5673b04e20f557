/** A server as seen by the application: takes connections, counts them and ends them. */
import type { Signer } from '../algorithms/algorithm.js';
import type { ByteLink, Duplex, Peer } from '../link.js';
import type { HostKeySource } from './key-store.js';
import type { ServerConnection } from './server-connection.js';
import type { Session } from './session/session.js';
import type { ServerStats } from './stats.js';
import type { Upgrade } from './visitor.js';

/** Whether it takes connections; `closing` while some have yet to end. */
export type ServerState = 'open' | 'closing' | 'closed';

export interface CloseOptions {
  /** Lets running sessions finish: `connection.closing` tells them. */
  readonly graceful?: boolean;
  /** How long to wait, in ms; 30 s by default. */
  readonly deadline?: number;
}

export interface Server {
  readonly state: ServerState;
  /** Counts of current connections, and of the outcomes of earlier ones. */
  readonly stats: ServerStats;
  readonly connections: readonly ServerConnection[];
  /** Settles when the server is closed and all connections are over. */
  readonly closed: Promise<void>;

  /**
   * Changes the host keys: new connections use these, existing ones keep theirs. A function is called on the next
   * connection. To let clients learn a new key, announce it after the old one for a while.
   */
  setHostKeys(hostKeys: HostKeySource): void;

  /**
   * Asks the hook `start`, and loads the host keys unless a function makes them; adapters wait for this before they
   * listen.
   * @throws ConfigurationError if the hook refuses, or a store neither has nor can keep a key.
   */
  ready(): Promise<void>;

  /** The host keys it presents; if they were given as a function, the first call makes them. */
  hostKeys(): Promise<readonly Signer[]>;

  /**
   * Asks the hook `start`, once; connections wait for it.
   * @throws ConfigurationError if it refuses: the server then never takes a connection.
   */
  start(): Promise<void>;

  /** Sessions for the application to take itself, instead of the option `session`. @throws ConfigurationError if that option is set. */
  sessions(): AsyncIterable<Session>;

  /** Serves one connection. Settles when it is over; never rejects: errors are in the log. */
  accept(stream: Duplex | ByteLink, peer?: Peer): Promise<void>;

  /**
   * Asks the hook `connection` before there is a stream: for adapters whose protocol can refuse, as with HTTP 403.
   * `upgrade` is for that hook alone.
   * @returns a function that serves the stream, or undefined if the connection is refused.
   */
  admit(peer: Peer, upgrade?: Upgrade): Promise<((stream: Duplex | ByteLink) => Promise<void>) | undefined>;

  /**
   * Resumes a connection that `ServerConnection.snapshot` wrote, over a stream that continues the old one.
   * @throws SnapshotError if the bytes are not a snapshot, or have been resumed before; ConnectionClosedError after
   * `close`, in which case the snapshot remains usable.
   */
  resume(snapshot: Uint8Array, stream: Duplex | ByteLink): Promise<void>;

  /** Ends every connection with SSH_MSG_DISCONNECT, or lets it finish, and accepts no more. Settles when all are over. */
  close(options?: CloseOptions): Promise<void>;
}
