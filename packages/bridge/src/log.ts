/** Log records: each one line of text or one JSON object, on the caller's stream. */
import type { Writable } from 'node:stream';
import { printable } from './bridge-error.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | undefined>>;

/** Names of records, stable for programs; docs/bridge-operations.md says what they mean. */
export const LOG_EVENTS = [
  'certificate-dates',
  'client-refused',
  'connection-closed',
  'connection-opened',
  'dial-failed',
  'dial-step',
  'failed',
  'link-closed',
  'link-failed',
  'link-lost',
  'link-opened',
  'link-resumed',
  'link-timeout',
  'metrics',
  'no-tls',
  'reload-failed',
  'reloaded',
  'request-denied',
  'tab-error',
  'tab-gone',
  'tab-registered',
  'tab-timeout',
  'target-failed',
  'target-refused',
  'upgrade-denied',
] as const;
export type LogEvent = (typeof LOG_EVENTS)[number];

/** @param message a sentence for people; secrets belong in neither */
export type Log = (level: LogLevel, event: LogEvent, message: string, fields?: LogFields) => void;

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export const noLog: Log = () => undefined;

export interface LogOptions {
  /** Whether `debug` records are written. */
  readonly verbose?: boolean;
  readonly now?: () => Date;
}

export function createLog(format: LogFormat, stream: Writable, options: LogOptions = {}): Log {
  const { verbose = false, now = () => new Date() } = options;
  const isWritten = (level: LogLevel): boolean => level !== 'debug' || verbose;
  if (format === 'text') {
    return (level, _event, message) => {
      if (isWritten(level)) stream.write(`ssh-bridge: ${printable(message)}\n`);
    };
  }
  return (level, event, message, fields = {}) => {
    if (!isWritten(level)) return;
    stream.write(`${JSON.stringify({ time: now().toISOString(), level, event, message, ...fields })}\n`);
  };
}
