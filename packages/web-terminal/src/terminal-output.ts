/** Writing to an xterm.js terminal, and waiting until it has parsed the bytes. */
import type { Terminal } from '@xterm/xterm';

/**
 * How many bytes xterm.js is given at a time. It parses for 12 ms and then lets the page respond, but it never stops inside of what one
 * call gave it, and a line feed, which moves its scroll bar, takes as long as hundreds of letters do.
 */
const PIECE = 512;

/** Settles when `terminal` has parsed `bytes`, which must not change until then. */
export function writeTo(terminal: Pick<Terminal, 'write'>, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    let offset = 0;
    for (; bytes.length - offset > PIECE; offset += PIECE) terminal.write(bytes.subarray(offset, offset + PIECE));
    terminal.write(bytes.subarray(offset), resolve);
  });
}
