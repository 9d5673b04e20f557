/** Limits the rate of log records that anybody can cause unauthenticated; the next record says how many were left out. */
import type { Log, LogEvent } from './log.js';

const FLOODABLE: ReadonlySet<LogEvent> = new Set<LogEvent>([
  'client-refused',
  'link-timeout',
  'request-denied',
  'tab-error',
  'upgrade-denied',
]);

/** In ms, and how many records of one event are written in that time. */
const WINDOW = 1_000;
const MAX_RECORDS = 20;

interface Window {
  readonly until: number;
  written: number;
  left: number;
}

/** Security: a flood of refused visitors cannot fill the disk. @param now a clock in ms; only differences count */
export function boundFloods(log: Log, now: () => number = () => performance.now()): Log {
  const windows = new Map<LogEvent, Window>();
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
