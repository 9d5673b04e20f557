/** The relay's bounds, with the reasons; docs/relay-protocol.md states them for the other side. */

import { GRACE } from '../resume/sessions.js';
import { VISITOR_LIMITS, type VisitorLimits } from '../net/visitors.js';

/** All times in ms. */
export interface RelayLimits extends VisitorLimits {
  /** How long a ticket is good and an ssh client waits for the tab. */
  readonly linkTimeout: number;
  readonly pingInterval: number;
  /** A tab that does not answer a ping for this long is gone. */
  readonly pongTimeout: number;
  /** Clients wait so long for a tab that was lost: one that is loaded again, or whose network changes, is back by then. */
  readonly tabGrace: number;
  /** Links of one tab, waiting clients included. */
  readonly maxLinks: number;
  readonly maxWaiting: number;
  /** Of one address, or of one IPv6 network of 64 bits, so that one source cannot take all places. */
  readonly maxWaitingPerSource: number;
  /** How long an ssh client's connection waits for a tab whose link broke. */
  readonly resumeGrace: number;
  /** An HTTP request has this long to arrive. */
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
  resumeGrace: GRACE,
  requestTimeout: 10_000,
};

/** Bytes of one control message. */
export const MAX_CONTROL_PAYLOAD = 64 * 1024;
