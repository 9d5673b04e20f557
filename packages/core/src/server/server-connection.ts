/** One connection of a server, as seen by hooks and sessions. */
import type { Restrictions } from '../keys/restrictions.js';
import type { Peer } from '../link.js';
import type { Negotiated } from '../transport/negotiation.js';
import type { LogRecord } from './log/log.js';

/** What hooks and sessions know about a connection and can do with it. */
export interface ServerConnection {
  /** Numbers the connections of a server. */
  readonly id: number;
  readonly peer: Peer;
  /** Who is logged in; empty before login. */
  readonly user: string;
  /** The method that completed authentication. */
  readonly method: string | undefined;
  /** `SHA256:…` of the key whose signature was verified, if any. */
  readonly keyFingerprint: string | undefined;
  /** The certificate of that key, if it has one: a blob for `parseCertificate` of `@nacre/core/certificates`. */
  readonly certificate: Uint8Array | undefined;
  /** What the proven key and its certificate leave of what the server allows; hooks cannot extend it. */
  readonly restrictions: Restrictions;
  /** The peer's identification string. */
  readonly identification: string | undefined;
  readonly negotiated: Negotiated | undefined;
  /**
   * The application's own, shared by all hooks and sessions. For snapshots it must be plain data: primitives, Uint8Array,
   * Date, arrays, maps, sets and plain objects.
   */
  state: unknown;
  /** Aborts when the server closes gracefully: work on this connection should finish. */
  readonly closing: AbortSignal;
  /** Passes a value to all readers of `messages` in this process: it is neither part of SSH nor of snapshots. */
  post(value: unknown): void;
  /**
   * Values posted from now on, of which at most 256 wait; the first reader also gets those posted before. Ends with the
   * connection; a loop that is left reads no more.
   */
  readonly messages: AsyncIterable<unknown>;
  /** Ends the connection with SSH_MSG_DISCONNECT 11. */
  disconnect(description?: string): void;
  /** Starts a rekey (RFC 4253 §9) unless one is in progress; before the login, once that is over. */
  rekey(): void;
  /** Makes one round trip. Settles with the answer. @throws LimitError if many are in progress, or what ends the connection. */
  ping(): Promise<void>;
  /**
   * Writes the connection to bytes and ends it here; `server.resume` continues it, here or elsewhere, once.
   * @throws SnapshotRefusedError, with nothing changed, while something is in progress that bytes cannot hold.
   */
  snapshot(): Uint8Array;
  log(priority: number, category: LogRecord['category'], message: string, fields?: LogRecord['fields']): void;
}
