/** RFC 4254 §6: a remote shell in an xterm.js terminal: output, input and size. */
import type { RemoteProcess } from '@nacre/core';
import type { IDisposable, Terminal } from '@xterm/xterm';
import { binaryInput, createInput } from './terminal-input.js';
import { writeTo } from './terminal-output.js';

/** The part of a command or shell that is needed; `RemoteProcess` of `@nacre/core` fits. */
export type AttachableProcess = Pick<RemoteProcess, 'read' | 'readError' | 'write' | 'resize'>;

export interface AttachedClient extends IDisposable {
  /**
   * Settles when all output has been shown: at the process's end, or after `dispose`. Rejects with what ended the
   * connection if that happened first.
   */
  readonly finished: Promise<void>;
}

/**
 * Shows `process` in `terminal`. The server gets window credit only for output that the terminal has parsed, so a server that
 * writes faster than the page can draw has to wait.
 */
export function attachClient(terminal: Terminal, process: AttachableProcess): AttachedClient {
  let isDisposed = false;
  const show = async (read: () => Promise<Uint8Array | undefined>): Promise<void> => {
    for (let chunk = await read(); chunk !== undefined && !isDisposed; chunk = await read()) {
      // Reading gives the credit back, so the next read waits for the terminal.
      await writeTo(terminal, chunk);
    }
  };
  const input = createInput((bytes) => process.write(bytes));
  const resize = ({ cols, rows }: { readonly cols: number; readonly rows: number }): void => {
    process.resize(cols, rows, ...pixelSize(terminal));
  };
  const listeners = [
    terminal.onData(input.text),
    terminal.onBinary((text) => input.bytes(binaryInput(text))),
    terminal.onResize(resize),
  ];
  const outputs = [show(() => process.read()), show(() => process.readError())];
  const finished = Promise.allSettled(outputs).then(async () => {
    if (!isDisposed) await Promise.all(outputs);
  });
  // A caller that never looks at it must not get an unhandled rejection from it.
  finished.catch(() => undefined);
  return {
    finished,
    dispose() {
      isDisposed = true;
      for (const listener of listeners) listener.dispose();
    },
  };
}

/** The size of the text area, for `pty-req` and `window-change`; zeros if the terminal is not in a page. */
export function pixelSize({ element }: Pick<Terminal, 'element'>): [width: number, height: number] {
  const screen = element?.querySelector('.xterm-screen');
  return screen ? [Math.round(screen.clientWidth), Math.round(screen.clientHeight)] : [0, 0];
}
