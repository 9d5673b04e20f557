/** What a server reports. */

/** One line of the log. `priority` is syslog's, 0 (emergency) to 7 (debug). */
export interface LogRecord {
  readonly priority: number;
  readonly category: 'server' | 'connection' | 'authentication' | 'session';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | undefined>>;
}
