/** A session that somebody else has with a server, shown live in an xterm.js terminal, in which one can type too. */
import type { IDisposable, Terminal } from '@xterm/xterm';
import { binaryInput, createInput } from './terminal-input.js';
import { skippedNote, WatchWindow } from './watch-window.js';

export interface WatchedSize {
  readonly columns: number;
  readonly rows: number;
}

/** How a session can be watched. */
export interface SessionTap {
  /** The visitor's terminal with its present size; undefined where there is none. */
  readonly pty: WatchedSize | undefined;
  /** `listener` sees what the visitor is shown from now on: a view, valid until it returns. @returns what ends that. */
  onOutput(listener: (bytes: Uint8Array) => void): () => void;
  onResize(listener: (size: WatchedSize) => void): () => void;
  /** Types into the session, beside the visitor. */
  input(bytes: Uint8Array): void;
}

export interface AttachSessionOptions {
  /** Told of every `bytes` that the terminal has taken in. */
  readonly onShown?: (bytes: number) => void;
}

/** Output that may wait for the terminal, in bytes. */
const MAXIMUM_WAITING = 512 * 1024;
/** More is no terminal that a page could draw. */
const MAXIMUM_COLUMNS = 500;
const MAXIMUM_ROWS = 200;

/** Shows the session in `terminal`, which takes on the size of the visitor's own. The visitor never waits for it. */
export function attachSession(terminal: Terminal, tap: SessionTap, options: AttachSessionOptions = {}): IDisposable {
  const { onShown } = options;
  const window = new WatchWindow(MAXIMUM_WAITING);
  const show = (bytes: Uint8Array): void => {
    if (!window.admit(bytes.length)) return;
    const skipped = window.takeSkipped();
    if (skipped > 0) terminal.write(skippedNote(skipped));
    terminal.write(bytes.slice(), () => {
      window.shown(bytes.length);
      onShown?.(bytes.length);
    });
  };
  const resize = ({ columns, rows }: WatchedSize): void => {
    if (columns < 1 || rows < 1) return;
    terminal.resize(Math.min(columns, MAXIMUM_COLUMNS), Math.min(rows, MAXIMUM_ROWS));
  };
  if (tap.pty !== undefined) resize(tap.pty);
  const input = createInput((bytes) => Promise.resolve(tap.input(bytes)));
  const listeners = [terminal.onData(input.text), terminal.onBinary((text) => input.bytes(binaryInput(text)))];
  const subscriptions = [tap.onOutput(show), tap.onResize(resize)];
  return {
    dispose() {
      for (const listener of listeners) listener.dispose();
      for (const unsubscribe of subscriptions) unsubscribe();
    },
  };
}
