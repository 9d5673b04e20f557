/** The relay's bounds, with their reasons; docs/relay-protocol.md states them for the other side. */

import { GRACE } from '../resume/sessions.js';
import { VISITOR_LIMITS, type VisitorLimits } from '../net/visitors.js';

/** All times in ms. */
export interface RelayLimits extends VisitorLimits {
  /** How long a ticket is valid, and an ssh client waits for the tab. */
  readonly linkTimeout: number;
  readonly pingInterval: number;
  /** A tab that does not answer a ping for this long is gone. */
  readonly pongTimeout: number;
  /** How long clients wait for a lost tab: after a reload or a change of network it is back by then. */
  readonly tabGrace: number;
  /** Links of one tab, including waiting clients. */
  readonly maxLinks: number;
  readonly maxWaiting: number;
  /** From one IPv4 address or one IPv6 /64, so that one source cannot take all places. */
  readonly maxWaitingPerSource: number;
  /**
   * Clients that a tab is told of before it has dialled back for earlier ones. Browsers make WebSockets wait for each other:
   * with 16 that connect, Chromium delays each further one by up to 5 s, and all of them if many fail.
   */
  readonly maxUnanswered: number;
  /** How long an ssh client's connection waits for a tab whose link broke. */
  readonly resumeGrace: number;
  /** How long an HTTP request may take to arrive. */
  readonly requestTimeout: number;
}

export const RELAY_LIMITS: RelayLimits = {
  ...VISITOR_LIMITS,
  linkTimeout: 10_000,
  pingInterval: 25_000,
  pongTimeout: 10_000,
  tabGrace: 5_000,
  maxLinks: 200,
  maxWaiting: 100,
  maxWaitingPerSource: 10,
  maxUnanswered: 8,
  resumeGrace: GRACE,
  requestTimeout: 10_000,
};

/** The largest control message, in bytes. */
export const MAX_CONTROL_PAYLOAD = 64 * 1024;
