/** One connection of a server, as hooks and sessions see it. */
import type { Restrictions } from '../keys/restrictions.js';
import type { Peer } from '../link.js';
import type { Negotiated } from '../transport/negotiation.js';
import type { LogRecord } from './log/log.js';

/** What hooks and sessions know of a connection, and may do to it. */
export interface ServerConnection {
  /** Counts the connections of a server. */
  readonly id: number;
  readonly peer: Peer;
  /** Who is logged in; empty before. */
  readonly user: string;
  /** The method that completed authentication. */
  readonly method: string | undefined;
  /** `SHA256:…` of the key whose signature was verified, where one was. */
  readonly keyFingerprint: string | undefined;
  /** The certificate for that key, where one was shown: a blob for `parseCertificate` of `@nacre/core/certificates`. */
  readonly certificate: Uint8Array | undefined;
  /** What the key that was proven, and its certificate, leave of what the server allows; hooks cannot add to it. */
  readonly restrictions: Restrictions;
  /** The peer's identification string. */
  readonly identification: string | undefined;
  readonly negotiated: Negotiated | undefined;
  /** The application's own, shared by all hooks and sessions; structured-clonable where snapshots are taken. */
  state: unknown;
  /** Aborts when the server closes gracefully: what is served here should come to an end. */
  readonly closing: AbortSignal;
  /**
   * Passes a value to whoever reads `messages`, here and in this process: it is no part of SSH, nor of snapshots. Every reader
   * gets every value.
   */
  post(value: unknown): void;
  /** What is posted from now on, and before that too for the first who reads. Ends with the connection. */
  readonly messages: AsyncIterable<unknown>;
  /** Ends the connection with SSH_MSG_DISCONNECT 11. */
  disconnect(description?: string): void;
  /** Starts a rekey (RFC 4253 §9) unless one is under way. */
  rekey(): void;
  /** Makes one round trip. Settles with the answer. @throws LimitError where many are under way, or with what ends the connection. */
  ping(): Promise<void>;
  /**
   * Writes the connection down and ends this life of it; `server.resume` goes on, here or elsewhere, once.
   * @throws SnapshotRefusedError, and nothing has changed, while something is under way that bytes cannot hold.
   */
  snapshot(): Uint8Array;
  log(priority: number, category: LogRecord['category'], message: string, fields?: LogRecord['fields']): void;
}
