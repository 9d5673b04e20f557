/** What a server reports. */

/**
 * One line of the log. `priority` is syslog's, 0 (emergency) to 7 (debug). Security: no password, key or typed text is in any;
 * what comes from a peer has no control characters.
 */
export interface LogRecord {
  readonly priority: number;
  readonly category: 'server' | 'connection' | 'authentication' | 'session' | 'trace';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** Takes records, one after another; not awaited. */
export type LogSink = (record: LogRecord) => void;
