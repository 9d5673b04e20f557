/** RFC 6455 §7.1.6: a Close frame with a reason, often the only way to tell the peer. */
import { CLOSE } from './close-codes.js';
import type { Link } from './link.js';

/** How long a peer that is not let in, or whose server stops, may take to answer our Close, in ms. */
export const FAREWELL_TIMEOUT = 1_000;

export function closeWith(link: Link, code: number, reason: string): void {
  // Security: nobody else listens. An unhandled error ends the process, and a peer can cause one by answering in broken frames.
  link.on('error', () => undefined);
  // A paused link would not see the peer's answer.
  link.on('message', () => undefined);
  link.resume();
  link.close(code, reason);
}

/** The same for a peer that is not let in: it cannot keep a place by leaving our Close unanswered. */
export function farewell(link: Link, reason: string): void {
  closeWith(link, CLOSE.policyViolation, reason);
  const timer = setTimeout(() => link.terminate(), FAREWELL_TIMEOUT);
  link.on('close', () => clearTimeout(timer));
}
