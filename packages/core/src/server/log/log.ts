/** What a server reports. */

/**
 * One line of the log. `priority` is as in syslog, 0 (emergency) to 7 (debug). Security: records contain no passwords,
 * keys or typed text; text from a peer has no control characters.
 */
export interface LogRecord {
  readonly priority: number;
  readonly category: 'server' | 'connection' | 'authentication' | 'session' | 'trace';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** Takes records one at a time; not awaited. */
export type LogSink = (record: LogRecord) => void;
