/** A client's input to a terminal, no faster than the program reads. `node-pty` alone would queue all of it, and spin. */
import { readFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from '@nacre/core';
import type { PseudoTerminal } from './pseudo-terminal.js';

/** How long to wait when a terminal is full, in ms: nothing tells when it has room again. */
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 128;

/**
 * Copies until `over`. `isHeldOpen` says that the program's end stays open until then, so that no other terminal has its name.
 * Security: a terminal whose program has ended throws when it is written to, and nobody awaits this function.
 */
export async function copyInput(
  session: Session,
  terminal: PseudoTerminal,
  isHeldOpen: boolean,
  over: AbortSignal,
): Promise<void> {
  for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) {
    if (over.aborted) return session.discardInput();
    try {
      if (isHeldOpen && isOurEnd(terminal)) await write(terminal, chunk, over);
      else terminal.write(Buffer.from(chunk));
    } catch {
      // The program may have ended before we are told.
    }
  }
}

/** Writes as much as there is room for, again and again. Ends if the descriptor is closed, or another terminal's by now. */
async function write(terminal: PseudoTerminal, chunk: Uint8Array, over: AbortSignal): Promise<void> {
  let rest = chunk;
  let wait = FIRST_PAUSE;
  while (rest.length > 0 && isOurEnd(terminal)) {
    const written = writeNow(terminal.fd!, rest);
    rest = rest.subarray(written);
    if (rest.length === 0) return;
    wait = written > 0 ? FIRST_PAUSE : Math.min(2 * wait, LONGEST_PAUSE);
    await pause(wait, undefined, { signal: over });
  }
}

function writeNow(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

/**
 * Linux: whether `fd` is still the other end of `ptsName`. Security: `node-pty` closes it without notice, and the number may
 * then be that of any file; so this is checked right before each write, with nothing in between.
 */
function isOurEnd({ fd, ptsName }: PseudoTerminal): boolean {
  if (process.platform !== 'linux' || fd === undefined || ptsName === undefined) return false;
  try {
    const index = /^tty-index:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    return index !== undefined && ptsName === `/dev/pts/${index}`;
  } catch {
    return false;
  }
}
