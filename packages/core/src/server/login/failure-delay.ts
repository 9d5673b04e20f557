/** How long a refusal takes: long enough, and to steps far enough apart, for no clock to tell why (as OpenSSH's sshd). */
import type { CryptoProvider } from '../../crypto/provider.js';

/** Least time of a refusal, in ms, and what is added to it for a user at most. */
const MINIMUM = 5;
const SPREAD = 4;
/** What took so long, in ms, is not made to take longer. */
const MAXIMUM = 5000;
const SECRET_LENGTH = 16;

const utf8 = new TextEncoder();

/**
 * How long to wait, in ms, with a refusal that took `elapsed` ms to come to. Security: the least time differs by user and is a
 * secret, so that nobody can subtract it; work that takes longer is told only to the next doubling.
 */
export type FailureDelay = (user: string, elapsed: number) => number;

/** One for all connections of a server: a user's time does not change from one to the next. */
export function failureDelay(crypto: Pick<CryptoProvider, 'random' | 'hash'>): FailureDelay {
  const secret = crypto.random(SECRET_LENGTH);
  return (user, elapsed) => {
    const digest = crypto.hash('sha256', secret, utf8.encode(user));
    let least = MINIMUM + (SPREAD * (digest[0]! * 256 + digest[1]!)) / 65_536;
    while (least < elapsed && elapsed < MAXIMUM) least *= 2;
    return Math.max(0, least - elapsed);
  };
}
