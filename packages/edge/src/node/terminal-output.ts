/** A program's output to its terminal, to the last byte: `node-pty` alone loses the end of it if it is read slowly. */
import type { Session } from '@nacre/core';
import type { PseudoTerminal } from './pseudo-terminal.js';

/** How many bytes may wait for the client before the program is held up. */
const MAXIMUM_BEHIND = 1024 * 1024;

/**
 * Copies until `over`, and holds the program up only if the client is far behind: what a paused Node stream has already read
 * is lost when its terminal ends. @returns a function that waits until all output is on its way.
 */
export function copyOutput(session: Session, terminal: PseudoTerminal, over: AbortSignal): () => Promise<void> {
  let last = Promise.resolve();
  let behind = 0;
  let isPaused = false;
  const send = async (bytes: Buffer): Promise<void> => {
    try {
      await session.write(bytes);
    } catch {
      // Security: once it is over, its process id may be another program's.
      if (!over.aborted) terminal.kill('SIGHUP');
    }
    behind -= bytes.length;
    if (!isPaused || behind > MAXIMUM_BEHIND / 2) return;
    isPaused = false;
    terminal.resume();
  };
  terminal.onData((data) => {
    const bytes = Buffer.from(data);
    behind += bytes.length;
    last = last.then(() => send(bytes));
    if (isPaused || behind <= MAXIMUM_BEHIND) return;
    isPaused = true;
    terminal.pause();
  });
  return () => last;
}
