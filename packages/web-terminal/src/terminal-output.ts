/** Writing to an xterm.js terminal, with an answer when it has taken the bytes in. */
import type { Terminal } from '@xterm/xterm';

/** Settles once the terminal has parsed the bytes. */
export function writeTo(terminal: Pick<Terminal, 'write'>, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve) => {
    terminal.write(bytes, resolve);
  });
}
