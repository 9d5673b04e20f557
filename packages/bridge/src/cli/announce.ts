/** The line on standard output that says clients may connect; whoever started the process waits for it. */
import type { LogFormat } from '../log.js';

export function announce(
  format: LogFormat,
  sentences: readonly string[],
  fields: Readonly<Record<string, string | number | undefined>>,
): void {
  const text =
    format === 'json'
      ? JSON.stringify({ event: 'listening', ...fields })
      : sentences.map((sentence) => `ssh-bridge: ${sentence}`).join('\n');
  process.stdout.write(`${text}\n`);
}
