/** The tasks of a page's main thread, from Chromium's own records (the Trace Event Format). */
import type { Browser, Page } from '@playwright/test';

const TASKS = 'disabled-by-default-devtools.timeline';
const MICROSECONDS = 1000;

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** CPU time that the thread used, in µs. */
  readonly tdur?: number;
  readonly args: { readonly name?: string; readonly data?: { readonly frames?: readonly { processId: number }[] } };
}

/**
 * Resolves to the most CPU time, in ms, that one task of the page's main thread took during `work`. Unlike the duration that a
 * `PerformanceObserver` reports, it does not grow with what else the machine does.
 *
 * @throws Error if the records hold no such time
 */
export async function longestTaskDuring(browser: Browser, page: Page, work: () => Promise<void>): Promise<number> {
  await browser.startTracing(page, { categories: [TASKS] });
  await work();
  const records = (await browser.stopTracing()).toString();
  const { traceEvents: events } = JSON.parse(records) as { readonly traceEvents: readonly TraceEvent[] };
  const started = events.find(({ name }) => name === 'TracingStartedInBrowser');
  const process = started?.args.data?.frames?.[0]?.processId;
  const main = events.find(({ pid, args }) => pid === process && args.name === 'CrRendererMain');
  const tasks = events.filter(({ name, pid, tid }) => name === 'RunTask' && pid === main?.pid && tid === main.tid);
  const longest = Math.max(0, ...tasks.map(({ tdur = 0 }) => tdur));
  if (longest === 0) throw new Error('Chromium recorded no CPU time of the page');
  return longest / MICROSECONDS;
}
