/** Ready-made sinks for log records: JSON lines, the system's journal, and a threshold before any other. */
import { printable } from '../../wire/printable.js';
import type { LogRecord, LogSink } from './log.js';

const INFORMATIONAL = 6;
/** So much of a value is shown, in characters. */
const MAXIMUM_VALUE = 1024;

/** Lets through what is at least as urgent as `priority`, syslog's 0 (emergency) to 7 (debug, traces among it). */
export function upTo(priority: number, sink: LogSink): LogSink {
  return (record) => {
    if (record.priority <= priority) sink(record);
  };
}

export interface LogLineOptions {
  /** What is at least as urgent is written: 6 (informational) if not given. */
  readonly priority?: number;
  /** Unix time in ms, where lines are to have one. */
  readonly date?: () => number;
}

/** One JSON object a line: `{"priority":5,"category":"authentication","message":"logged in","user":"anna"}`. */
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
 * sd-daemon(3): lines with their priority in front, `<5>authentication: logged in user="anna"`, which systemd's journal takes from
 * a service's stderr; syslog(3)'s are the same numbers.
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
