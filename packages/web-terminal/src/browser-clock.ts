/** Time in a browser, as core's `Clock` (HTML §8.7). A dedicated Worker's timers stay prompt while its tab is in the background. */
import type { Clock } from '@nacre/core';

export const browserClock: Clock = {
  now: () => performance.now(),
  schedule(callback, milliseconds) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};
