/** The line that says that clients may come, on standard output: whoever started this waits for it there. */
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
