/** Records that anybody can cause without being let in: so many a second, and the next one says how many it stands for. */
import type { Log } from './log.js';

const FLOODABLE: ReadonlySet<string> = new Set([
  'client-refused',
  'link-timeout',
  'request-denied',
  'tab-error',
  'upgrade-denied',
]);

/** In ms, and records of one event in that time. */
const WINDOW = 1_000;
const MAX_RECORDS = 20;

interface Window {
  readonly until: number;
  written: number;
  left: number;
}

/** Security: a flood of refused visitors fills no disk. @param now a clock in ms; only differences count */
export function boundFloods(log: Log, now: () => number = () => performance.now()): Log {
  const windows = new Map<string, Window>();
  return (level, event, message, fields) => {
    if (!FLOODABLE.has(event)) {
      log(level, event, message, fields);
      return;
    }
    const before = windows.get(event);
    if (before !== undefined && now() < before.until) {
      if (before.written < MAX_RECORDS) log(level, event, message, fields);
      else before.left++;
      before.written++;
      return;
    }
    windows.set(event, { until: now() + WINDOW, written: 1, left: 0 });
    const left = before?.left ?? 0;
    if (left === 0) log(level, event, message, fields);
    else log(level, event, `${message} (and ${left} more since the last record)`, { ...fields, left });
  };
}
