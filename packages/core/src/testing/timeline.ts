/** What happened on a test server, in order and with the time. */
import type { Clock } from '../driver.js';
import type { LogRecord } from '../server/log/log.js';

export interface TimelineEntry extends LogRecord {
  /** Since the server was made, in ms. */
  readonly at: number;
}

/** The newest entries are kept: a test that runs away does not fill memory. */
const MAXIMUM_ENTRIES = 10_000;
const TIME_WIDTH = 9;
const CATEGORY_WIDTH = 15;

/** Collects log records; `verbose` is given each as a line, when it comes. */
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

/** A line an entry: `   12.3 ms  #1 authentication  logged in user="anna" method="password"`. */
export function formatTimeline(entries: readonly TimelineEntry[]): string {
  return entries.map((entry) => `${formatEntry(entry)}\n`).join('');
}

function formatEntry({ at, category, message, fields }: TimelineEntry): string {
  const { connection, ...rest } = fields;
  const shown = Object.entries(rest).flatMap(([name, value]) =>
    value === undefined ? [] : [` ${name}=${JSON.stringify(value)}`],
  );
  const time = at.toFixed(1).padStart(TIME_WIDTH);
  const whose = connection === undefined ? '' : `#${String(connection)} `;
  return `${time} ms  ${`${whose}${category}`.padEnd(CATEGORY_WIDTH)}  ${message}${shown.join('')}`;
}
