/** A session that somebody else has with a server, shown live in an xterm.js terminal, in which one can type too. */
import type { IDisposable, Terminal } from '@xterm/xterm';
import { binaryInput, createInput } from './terminal-input.js';
import { writeTo } from './terminal-output.js';

export interface WatchedSize {
  readonly columns: number;
  readonly rows: number;
}

/** How a session can be watched. */
export interface SessionTap {
  /** The visitor's terminal: now, and whenever it changes. */
  readonly size: WatchedSize | undefined;
  /** Each returns what ends the subscription. `shown` is to be called once the chunk has been used. */
  onOutput(listener: (chunk: Uint8Array, shown: () => void) => void): () => void;
  onResize(listener: (size: WatchedSize) => void): () => void;
  /** Input, as if the visitor had typed it. */
  type(bytes: Uint8Array): Promise<void>;
}

/** More is no terminal that a page could draw. */
const MAXIMUM_COLUMNS = 500;
const MAXIMUM_ROWS = 200;

/** Shows the session in `terminal`, which takes on the size of the visitor's own. */
export function attachSession(terminal: Terminal, tap: SessionTap): IDisposable {
  const resize = ({ columns, rows }: WatchedSize): void => {
    if (columns < 1 || rows < 1) return;
    terminal.resize(Math.min(columns, MAXIMUM_COLUMNS), Math.min(rows, MAXIMUM_ROWS));
  };
  if (tap.size !== undefined) resize(tap.size);
  const input = createInput((bytes) => tap.type(bytes));
  const listeners = [terminal.onData(input.text), terminal.onBinary((text) => input.bytes(binaryInput(text)))];
  const subscriptions = [
    tap.onOutput((chunk, shown) => void writeTo(terminal, chunk).then(shown)),
    tap.onResize(resize),
  ];
  return {
    dispose() {
      for (const listener of listeners) listener.dispose();
      for (const unsubscribe of subscriptions) unsubscribe();
    },
  };
}
