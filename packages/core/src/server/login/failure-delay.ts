/** How long a refusal takes: long enough, in coarse enough steps, that timing hides its cause (as in OpenSSH's sshd). */
import type { CryptoProvider } from '../../crypto/provider.js';

/** Minimum time of a refusal, in ms, and the most that is added to it per user. */
const MINIMUM = 5;
const SPREAD = 4;
/** Refusals that took this long, in ms, are not delayed further. */
const MAXIMUM = 5000;
const SECRET_LENGTH = 16;

const utf8 = new TextEncoder();

/**
 * How long to wait, in ms, before sending a refusal that took `elapsed` ms to reach. Security: the minimum differs by
 * user and is secret, so that nobody can subtract it; longer work shows only rounded up to the next doubling.
 */
export type FailureDelay = (user: string, elapsed: number) => number;

/** One for all connections of a server: a user's minimum stays the same from one to the next. */
export function failureDelay(crypto: Pick<CryptoProvider, 'random' | 'hash'>): FailureDelay {
  const secret = crypto.random(SECRET_LENGTH);
  return (user, elapsed) => {
    const digest = crypto.hash('sha256', secret, utf8.encode(user));
    let least = MINIMUM + (SPREAD * (digest[0]! * 256 + digest[1]!)) / 65_536;
    while (least < elapsed && elapsed < MAXIMUM) least *= 2;
    return Math.max(0, least - elapsed);
  };
}
