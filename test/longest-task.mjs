/** The tasks of a page's main thread, from Chromium's own records (the Trace Event Format, whose times are in µs). */

/** The category under which Chromium records each task of its threads. */
const TASKS = 'disabled-by-default-devtools.timeline';

export async function longestTaskDuring(browser, work) {
  await browser.startTracing(undefined, { categories: [TASKS] });
  await work();
  const { traceEvents: events } = JSON.parse((await browser.stopTracing()).toString());
  const worker = events.find(({ args }) => args.name?.startsWith('DedicatedWorker'));
  const main = events.find(({ pid, args }) => pid === worker?.pid && args.name === 'CrRendererMain');
  const tasks = events.filter(({ name, pid, tid }) => name === 'RunTask' && pid === main?.pid && tid === main.tid);
  const most = (field) => Math.max(0, ...tasks.map((task) => task[field] ?? 0)) / 1000;
  if (most('tdur') === 0) throw new Error('Chromium recorded no CPU time of the page');
  return { wall: most('dur'), cpu: most('tdur') };
}
