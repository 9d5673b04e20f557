/** RFC 6455 §7.1.6: a Close frame that says why, to a peer that may have nothing else to read it by. */
import { CLOSE } from './close-codes.js';
import type { Link } from './link.js';

/** RFC 6455 §5.5: a control frame carries 125 bytes, two of which are the code. */
const MAX_REASON_LENGTH = 123;
/** How long who is not let in may take to answer our Close, in ms. */
const FAREWELL_TIMEOUT = 1_000;

/** Close with a reason, cut to what fits, between whole characters. */
export function closeWith(link: Link, code: number, reason: string): void {
  // A paused link would not see the peer's answer.
  link.on('message', () => undefined);
  link.resume();
  const cut = Buffer.from(reason).subarray(0, MAX_REASON_LENGTH);
  link.close(code, new TextDecoder().decode(cut, { stream: true }));
}

/** The same for who is not let in: they may not keep a place by leaving our Close without an answer. */
export function farewell(link: Link, reason: string): void {
  closeWith(link, CLOSE.policyViolation, reason);
  const timer = setTimeout(() => link.terminate(), FAREWELL_TIMEOUT);
  link.on('close', () => clearTimeout(timer));
}
