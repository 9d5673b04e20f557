/** What happened on a test server, in order and with times. */
import type { Clock } from '../driver.js';
import type { LogRecord } from '../server/log/log.js';

export interface TimelineEntry extends LogRecord {
  /** Since the server was created, in ms. */
  readonly at: number;
}

/** Only the newest entries are kept: a runaway test must not fill memory. */
const MAXIMUM_ENTRIES = 10_000;
/** Column widths, in characters: longer texts shift the rest of their line. */
const TIME_WIDTH = 9;
const CONNECTION_WIDTH = 3;
const CATEGORY_WIDTH = 14;
const MESSAGE_WIDTH = 30;
/** Values that need no quotes to stand apart. */
const PLAIN = /^[\w@.,:/+=-]+$/;

/** Collects log records; `verbose` receives each as a line, as it happens. */
export class Timeline {
  readonly #clock: Clock;
  readonly #verbose: ((line: string) => void) | undefined;
  readonly #start: number;
  #entries: TimelineEntry[] = [];

  constructor(clock: Clock, verbose: ((line: string) => void) | undefined) {
    this.#clock = clock;
    this.#verbose = verbose;
    this.#start = clock.now();
  }

  get entries(): readonly TimelineEntry[] {
    return this.#entries;
  }

  add(record: LogRecord): void {
    const entry = { at: this.#clock.now() - this.#start, ...record };
    this.#entries.push(entry);
    if (this.#entries.length > MAXIMUM_ENTRIES) this.#entries.shift();
    this.#verbose?.(formatEntry(entry));
  }
}

/** A line per entry: `     12.3 ms  #1  authentication  logged in                       user=anna method=password`. */
export function formatTimeline(entries: readonly TimelineEntry[]): string {
  return entries.map((entry) => `${formatEntry(entry)}\n`).join('');
}

/** The client's address is shown once, on arrival. */
function formatEntry({ at, category, message, fields }: TimelineEntry): string {
  const { connection, remoteAddress, ...rest } = fields;
  const told = message === 'accepted' || connection === undefined ? { ...rest, remoteAddress } : rest;
  const shown = Object.entries(told).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${show(value)}`],
  );
  const columns = [
    `${at.toFixed(1).padStart(TIME_WIDTH)} ms`,
    (connection === undefined ? '' : `#${String(connection)}`).padEnd(CONNECTION_WIDTH),
    category.padEnd(CATEGORY_WIDTH),
    message.padEnd(MESSAGE_WIDTH),
    shown.join(' '),
  ];
  return columns.join('  ').trimEnd();
}

function show(value: string | number | boolean): string {
  return typeof value === 'string' && !PLAIN.test(value) ? JSON.stringify(value) : String(value);
}
