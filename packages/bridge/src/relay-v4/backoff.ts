/** How long a client waits between two attempts to reconnect. */

/** All in ms. The first wait is short: most links break only for a moment. */
const FIRST_DELAY = 200;
const LONGEST_DELAY = 10_000;

/**
 * Doubles with each attempt up to a bound; half of it is random, so that the clients of a server that was down do not all
 * return at the same moment.
 *
 * @param attempt 0 for the first @param random from 0 up to 1
 */
export function retryDelay(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(attempt, 30));
  return longest * (0.5 + random / 2);
}
