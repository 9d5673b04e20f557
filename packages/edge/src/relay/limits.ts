/** The bounds of a relay's object, with the reasons; docs/relay-protocol.md states them for the other side. All times in ms. */

export interface RelayLimits {
  /** How long a visitor waits for the host's link: less than `ssh-bridge proxy` waits for an answer. */
  readonly linkTimeout: number;
  /** Visitors that are there, that come back, and that wait. */
  readonly maxLinks: number;
  readonly maxWaiting: number;
  /** Of one address, so that one source cannot take all places. */
  readonly maxWaitingPerSource: number;
  /** Sessions of one address of which an end is away: the one that has been so for longest makes room. */
  readonly maxAwayPerSource: number;
  /** Links of one end that have been told to close and do not answer. */
  readonly maxClosing: number;
  /** How long one end waits for the other to come back, */
  readonly resumeGrace: number;
  /** and where that has said nothing yet, and perhaps does not know its session id, or has to come back because the first one has. */
  readonly unansweredGrace: number;
  /**
   * What may wait for the reader of one link, in bytes. An end sends at most 2 MiB that the other has not acknowledged, so this much
   * is only there where one of them does not keep to that.
   */
  readonly maxBacklog: number;
  /** What may wait for all of them, in bytes: an isolate has 128 MB. */
  readonly maxTotalBacklog: number;
}

export const RELAY_LIMITS: RelayLimits = {
  linkTimeout: 8_000,
  maxLinks: 200,
  maxWaiting: 100,
  maxWaitingPerSource: 10,
  maxAwayPerSource: 20,
  maxClosing: 64,
  resumeGrace: 300_000,
  unansweredGrace: 10_000,
  maxBacklog: 4 * 1024 * 1024,
  maxTotalBacklog: 48 * 1024 * 1024,
};
