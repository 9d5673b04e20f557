/** What says on standard output that clients may connect; whoever started the process waits for it. */
import type { LogFormat } from '../log.js';

type Fields = Readonly<Record<string, string | number | undefined>>;

/** Sentences for people, or fields for programs. */
export function announce(format: LogFormat, sentences: readonly string[], fields: Fields): void {
  if (format === 'json') announceFields(fields);
  else for (const sentence of sentences) process.stdout.write(`ssh-bridge: ${sentence}\n`);
}

/** One line of JSON. */
export function announceFields(fields: Fields): void {
  process.stdout.write(`${JSON.stringify({ event: 'listening', ...fields })}\n`);
}
