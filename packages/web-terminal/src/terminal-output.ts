/** Writing to an xterm.js terminal, and waiting until it has parsed the bytes. */
import type { Terminal } from '@xterm/xterm';

export function writeTo(terminal: Pick<Terminal, 'write'>, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve) => {
    terminal.write(bytes, resolve);
  });
}
