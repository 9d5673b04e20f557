/** A program in one of the system's pseudo-terminals. */
import { chownSync, closeSync, constants, openSync } from 'node:fs';
import type { Session } from '@nacre/core';
import { passSignals, signalGroup } from './process-group.js';
import { withoutGroups, type ProcessOwner } from './process-owner.js';
import type { PseudoTerminal, PseudoTerminals } from './pseudo-terminal.js';
import { copyInput } from './terminal-input.js';
import { copyOutput } from './terminal-output.js';

/** The size of a terminal is 16 bits each for rows and columns. */
const MAXIMUM_SIZE = 0xffff;

/** A program to start for a session. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  /** The user that it runs as; this process's own if undefined. */
  readonly owner: ProcessOwner | undefined;
  readonly env: Record<string, string>;
  /** Between SIGHUP and SIGKILL, in ms. */
  readonly killDelay: number;
}

/** Runs a program in a terminal of the client's size. Settles with its exit code and the signal's number when it has ended. */
export async function runInTerminal(
  session: Session,
  terminals: PseudoTerminals,
  launch: Launch,
): Promise<{ readonly exitCode: number; readonly signal?: number }> {
  const terminal = open(session, terminals, launch);
  const over = new AbortController();
  const isHeldOpen = holdOpen(terminal, over.signal);
  const sent = copyOutput(session, terminal, over.signal);
  const ended = new Promise<{ readonly exitCode: number; readonly signal?: number }>((resolve) => {
    terminal.onExit((end) => {
      // From here on, its process id and its terminal's number may be another program's.
      over.abort();
      resolve(end);
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const hangUp = (): void => {
    terminal.kill('SIGHUP');
    timer = setTimeout(() => {
      signalGroup(terminal.pid, 'SIGKILL');
      terminal.kill('SIGKILL');
    }, launch.killDelay);
  };
  session.closed.addEventListener('abort', hangUp, { once: true, signal: over.signal });
  void copyInput(session, terminal, isHeldOpen, over.signal);
  void passSignals(session, terminal.pid, over.signal);
  void follow(session, terminal, over.signal);
  const end = await ended;
  clearTimeout(timer);
  await sent();
  return end;
}

function open(session: Session, terminals: PseudoTerminals, { file, args, cwd, owner, env }: Launch): PseudoTerminal {
  const { term = 'xterm', columns = 80, rows = 24 } = session.pty ?? {};
  const spawn = (): PseudoTerminal =>
    terminals.spawn(file, [...args], {
      name: term,
      cols: bounded(columns, 80),
      rows: bounded(rows, 24),
      ...(cwd === undefined ? {} : { cwd }),
      ...owner,
      env,
      encoding: null,
    });
  if (owner === undefined) return spawn();
  const terminal = withoutGroups(spawn);
  try {
    // As login(1) does: programs also open their terminal by name. Its group stays as the system sets it.
    if (terminal.ptsName !== undefined) chownSync(terminal.ptsName, owner.uid, -1);
  } catch {
    // A quick program may have ended before.
  }
  return terminal;
}

/** Security: a terminal whose program has ended throws when it is resized, and nobody awaits this function. */
async function follow(session: Session, terminal: PseudoTerminal, over: AbortSignal): Promise<void> {
  for await (const { columns, rows } of session.resizes) {
    if (over.aborted) return;
    try {
      terminal.resize(bounded(columns, 80), bounded(rows, 24));
    } catch {
      // The program may have ended before we are told; then `onExit` comes next.
    }
  }
}

/**
 * A terminal that nobody holds open ends with EIO, and Node then drops what it has not delivered. While its program's end is
 * held open here, it is read until `node-pty` has waited in vain for more, 200 ms after the program's end.
 * @returns whether it is held.
 */
function holdOpen({ ptsName }: PseudoTerminal, over: AbortSignal): boolean {
  if (ptsName === undefined) return false;
  try {
    const held = openSync(ptsName, constants.O_RDWR | constants.O_NOCTTY);
    over.addEventListener('abort', () => closeSync(held), { once: true });
    return true;
  } catch {
    // A quick program may have ended before.
    return false;
  }
}

function bounded(size: number, usual: number): number {
  return size === 0 ? usual : Math.min(size, MAXIMUM_SIZE);
}
