import type { Browser } from '@playwright/test';

/**
 * The longest task of the main thread during `work`, of the browser's one page with a worker.
 *
 * @returns in ms, by the clock and in CPU time, which does not grow with what else the machine does; they need not be of the same task
 * @throws if the records hold no CPU time of it
 */
export function longestTaskDuring(
  browser: Browser,
  work: () => Promise<void>,
): Promise<{ readonly wall: number; readonly cpu: number }>;
