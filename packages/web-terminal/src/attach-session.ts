/** Somebody else's session with a server, shown live in an xterm.js terminal that can also type into it. */
import { systemClock, type Clock } from '@nacre/core';
import type { IDisposable, Terminal } from '@xterm/xterm';
import { binaryInput, createInput } from './terminal-input.js';
import { writeTo } from './terminal-output.js';
import { skippedNote, WatchWindow } from './watch-window.js';

export interface WatchedSize {
  readonly columns: number;
  readonly rows: number;
}

/** How a session can be watched. */
export interface SessionTap {
  /** The visitor's terminal with its current size; undefined if there is none. */
  readonly pty: WatchedSize | undefined;
  /** `listener` gets the visitor's output from now on: a view, valid until it returns. @returns a function that ends this. */
  onOutput(listener: (bytes: Uint8Array) => void): () => void;
  onResize(listener: (size: WatchedSize) => void): () => void;
  /** Types into the session, in addition to the visitor. */
  input(bytes: Uint8Array): void;
}

export interface AttachSessionOptions {
  /** Called with the number of bytes that the terminal has parsed. */
  readonly onShown?: (bytes: number) => void;
  readonly clock?: Clock;
}

/** How much output may wait for the terminal, in bytes. */
const MAXIMUM_WAITING = 512 * 1024;
/** A page could not draw a larger terminal. */
const MAXIMUM_COLUMNS = 500;
const MAXIMUM_ROWS = 200;

/** Shows the session in `terminal`, which takes the size of the visitor's own. The visitor never waits for it. */
export function attachSession(terminal: Terminal, tap: SessionTap, options: AttachSessionOptions = {}): IDisposable {
  const { onShown, clock = systemClock } = options;
  const window = new WatchWindow(MAXIMUM_WAITING);
  const show = (bytes: Uint8Array): void => {
    if (!window.admit(bytes.length)) return;
    const skipped = window.takeSkipped();
    if (skipped > 0) terminal.write(skippedNote(skipped));
    void writeTo(terminal, bytes.slice()).then(() => {
      window.shown(bytes.length);
      onShown?.(bytes.length);
    });
  };
  const draw = ({ columns, rows }: WatchedSize): void => {
    if (columns < 1 || rows < 1) return;
    terminal.resize(Math.min(columns, MAXIMUM_COLUMNS), Math.min(rows, MAXIMUM_ROWS));
  };
  /** Set from one size until the page has had its turn: the size that comes next, if there is one. */
  let drawn: { next?: WatchedSize; readonly cancel: () => void } | undefined;
  // Security: all lines are wrapped again for each size, and a visitor may send a thousand in one packet.
  const resize = (size: WatchedSize): void => {
    if (drawn !== undefined) {
      drawn.next = { ...size };
      return;
    }
    draw(size);
    const turn = (): void => {
      const next = drawn?.next;
      drawn = undefined;
      if (next !== undefined) resize(next);
    };
    drawn = { cancel: clock.schedule(turn, 0) };
  };
  if (tap.pty !== undefined) draw(tap.pty);
  const input = createInput((bytes) => Promise.resolve(tap.input(bytes)));
  const listeners = [terminal.onData(input.text), terminal.onBinary((text) => input.bytes(binaryInput(text)))];
  const subscriptions = [tap.onOutput(show), tap.onResize(resize)];
  return {
    dispose() {
      for (const listener of listeners) listener.dispose();
      for (const unsubscribe of subscriptions) unsubscribe();
      drawn?.cancel();
    },
  };
}
