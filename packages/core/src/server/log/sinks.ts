/** Sinks for log records: JSON lines, the system's journal, and a threshold in front of any other sink. */
import { printable } from '../../wire/printable.js';
import type { LogRecord, LogSink } from './log.js';

const INFORMATIONAL = 6;
/** How much of a value is shown, in characters. */
const MAXIMUM_VALUE = 1024;

/** Passes records at least as urgent as `priority`: syslog's 0 (emergency) to 7 (debug, which includes traces). */
export function upTo(priority: number, sink: LogSink): LogSink {
  return (record) => {
    if (record.priority <= priority) sink(record);
  };
}

export interface LogLineOptions {
  /** Records at least this urgent are written; 6 (informational) by default. */
  readonly priority?: number;
  /** Unix time in ms, if lines are to be dated. */
  readonly date?: () => number;
}

/** One JSON object per line: `{"priority":5,"category":"authentication","message":"logged in","user":"anna"}`. */
export function jsonLog(
  write: (line: string) => void,
  { priority = INFORMATIONAL, date }: LogLineOptions = {},
): LogSink {
  return upTo(priority, ({ fields, ...record }) => {
    const time = date === undefined ? {} : { time: new Date(date()).toISOString() };
    write(`${JSON.stringify({ ...time, ...record, ...shortened(fields) })}\n`);
  });
}

/**
 * sd-daemon(3): lines that start with their priority, `<5>authentication: logged in user="anna"`, as systemd's journal
 * reads from a service's stderr; the numbers are those of syslog(3).
 */
export function journalLog(write: (line: string) => void, { priority = INFORMATIONAL }: LogLineOptions = {}): LogSink {
  return upTo(priority, ({ priority: own, category, message, fields }) => {
    const pairs = Object.entries(shortened(fields)).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
    write(`<${own}>${category}: ${printable(message, MAXIMUM_VALUE)}${pairs.join('')}\n`);
  });
}

function shortened(fields: LogRecord['fields']): LogRecord['fields'] {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? printable(value, MAXIMUM_VALUE) : value]),
  );
}
