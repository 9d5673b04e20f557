/** Log records: one human line or one JSON object each, on whatever stream the caller gives. */
import type { Writable } from 'node:stream';
import { printable } from './bridge-error.js';

export type LogLevel = 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | undefined>>;

/** @param event a stable name for programs @param message a sentence for people; secrets belong in neither */
export type Log = (level: LogLevel, event: string, message: string, fields?: LogFields) => void;

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export const noLog: Log = () => undefined;

export function createLog(format: LogFormat, stream: Writable, now: () => Date = () => new Date()): Log {
  if (format === 'text') return (_level, _event, message) => void stream.write(`ssh-bridge: ${printable(message)}\n`);
  return (level, event, message, fields = {}) =>
    void stream.write(`${JSON.stringify({ time: now().toISOString(), level, event, message, ...fields })}\n`);
}
