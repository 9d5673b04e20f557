/** The bounds of a relay's object and their reasons; docs/relay-protocol.md states them for the other side. Times in ms. */

export interface RelayLimits {
  /** How long a visitor waits for the host's link; less than `ssh-bridge proxy` waits for an answer. */
  readonly linkTimeout: number;
  /** Visitors that are connected, that may come back, and that wait. */
  readonly maxLinks: number;
  readonly maxWaiting: number;
  /** From one address, so that one source cannot take all places. */
  readonly maxWaitingPerSource: number;
  /**
   * Visitors that a host is told of before it has dialled back for earlier ones. Browsers make WebSockets wait for each other:
   * with 16 that connect, Chromium delays each further one by up to 5 s.
   */
  readonly maxUnanswered: number;
  /** Sessions from one address of which an end is away; the one whose time runs out first makes room. */
  readonly maxAwayPerSource: number;
  /** Links of one end that were told to close and have not answered. */
  readonly maxClosing: number;
  /** How long one end waits for the other to come back. */
  readonly resumeGrace: number;
  /** The same if the other has sent nothing yet, and may not know its id, or must come back because the first one did. */
  readonly unansweredGrace: number;
  /**
   * How much may wait for the reader of one link, in bytes. An end sends at most 2 MiB that the other has not acknowledged, so
   * more than this means that one of them breaks the protocol.
   */
  readonly maxBacklog: number;
  /** How much may wait for all readers, in bytes: an isolate has 128 MB. */
  readonly maxTotalBacklog: number;
}

export const RELAY_LIMITS: RelayLimits = {
  linkTimeout: 8_000,
  maxLinks: 200,
  maxWaiting: 100,
  maxWaitingPerSource: 10,
  maxUnanswered: 8,
  maxAwayPerSource: 20,
  maxClosing: 64,
  resumeGrace: 300_000,
  unansweredGrace: 10_000,
  maxBacklog: 4 * 1024 * 1024,
  maxTotalBacklog: 48 * 1024 * 1024,
};
