/** Log records: each one line of text or one JSON object, on the caller's stream. */
import type { Writable } from 'node:stream';
import { printable } from './bridge-error.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | undefined>>;

/** @param event a stable name for programs @param message a sentence for people; secrets belong in neither */
export type Log = (level: LogLevel, event: string, message: string, fields?: LogFields) => void;

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
