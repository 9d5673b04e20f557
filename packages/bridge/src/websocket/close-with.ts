/** RFC 6455 §7.1.6: a Close frame that says why, to a peer that may have nothing else to read it by. */
import { CLOSE } from './close-codes.js';
import type { Link } from './link.js';

/** How long who is not let in may take to answer our Close, in ms. */
const FAREWELL_TIMEOUT = 1_000;

export function closeWith(link: Link, code: number, reason: string): void {
  // A paused link would not see the peer's answer.
  link.on('message', () => undefined);
  link.resume();
  link.close(code, reason);
}

/** The same for who is not let in: they may not keep a place by leaving our Close without an answer. */
export function farewell(link: Link, reason: string): void {
  closeWith(link, CLOSE.policyViolation, reason);
  const timer = setTimeout(() => link.terminate(), FAREWELL_TIMEOUT);
  link.on('close', () => clearTimeout(timer));
}
