/** asciicast v3, asciinema's file format: a header, then one event per line with the seconds since the previous one. */

/** The fields of the first line. */
export interface AsciicastHeader {
  readonly columns: number;
  readonly rows: number;
  readonly type: string | undefined;
  /** Unix time, in seconds. */
  readonly timestamp: number;
  readonly command: string | undefined;
  readonly title: string | undefined;
}

/** Output, input, a new size (`80x24`), a marker, the exit status. */
export type AsciicastEvent = 'o' | 'i' | 'r' | 'm' | 'x';

export function formatHeader({ columns, rows, type, timestamp, command, title }: AsciicastHeader): string {
  return line({ version: 3, term: { cols: columns, rows, type }, timestamp: Math.floor(timestamp), command, title });
}

/** `interval` is in ms; the file has seconds with three decimals. */
export function formatEvent(interval: number, code: AsciicastEvent, text: string): string {
  return line([Math.round(interval) / 1000, code, text]);
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
