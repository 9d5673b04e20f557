/** A real terminal for an ssh client: script(1) opens the pty, stty(1) resizes it. */
import { start, tool, type Cleanup, type Running } from './processes.js';

export interface Terminal extends Running {
  /** Types. */
  type(keys: string): void;
  /** Resizes the window, which notifies the program on it. */
  resize(columns: number, rows: number): Promise<void>;
}

/** Runs `words` on a terminal of 80 columns and 24 rows. */
export async function startTerminal(cleanup: Cleanup, words: readonly string[]): Promise<Terminal> {
  const command = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const script = `stty columns 80 rows 24; echo "on $(tty)"; exec ${command}`;
  const running = start(cleanup, 'script', ['-qefc', script, '/dev/null'], { env: { TERM: 'xterm' } });
  const device = /on (\/dev\/\S+)/.exec(await running.printed(/on \/dev\/\S+\r?\n/))?.[1] ?? '';
  return {
    ...running,
    type: (keys) => void running.child.stdin.write(keys),
    async resize(columns, rows) {
      await tool('stty', '-F', device, 'columns', String(columns), 'rows', String(rows));
    },
  };
}
