/** What a client types into a terminal: no faster than the program reads it. `node-pty` alone would keep all of it, and spin meanwhile. */
import { readFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from '@nacre/core';
import type { PseudoTerminal } from './pseudo-terminal.js';

/** How long a full terminal is left alone, in ms: nothing tells when it has room again. */
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 128;

/**
 * Copies until `over`. `isHeldOpen` says that the program's end stays open so long, and that its name is therefore nobody else's.
 * Security: a terminal whose program has ended throws at whoever writes to it, and nobody waits for this.
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
      // The program may have ended without our having been told.
    }
  }
}

/** Bytes by bytes as there is room. A descriptor that is another terminal's by now, or closed, ends it. */
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
 * Linux: whether `fd` still is the other end of `ptsName`. Security: `node-pty` closes it without a word, and its number may be that
 * of any file then; so this is asked anew before each write, with nothing between.
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
