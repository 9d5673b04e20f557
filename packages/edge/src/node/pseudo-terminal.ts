/** A program in a pseudo-terminal of the system's, by the package `node-pty` or one of its shape. */
import type { Session } from '@nacre/core';
import { copyOutput } from './terminal-output.js';

/** What is used of a terminal of `node-pty`; it fits. */
export interface PseudoTerminal {
  readonly pid: number;
  /** The path of the program's end, where there is one. */
  readonly ptsName?: string;
  onData(listener: (data: string | Buffer) => void): unknown;
  onExit(listener: (end: { readonly exitCode: number; readonly signal?: number }) => void): unknown;
  write(data: string | Buffer): void;
  resize(columns: number, rows: number): void;
  pause(): void;
  resume(): void;
  kill(signal?: string): void;
}

/** What is used of `node-pty`; the module itself fits. */
export interface PseudoTerminals {
  spawn(
    file: string,
    args: string[],
    options: {
      readonly name: string;
      readonly cols: number;
      readonly rows: number;
      readonly cwd?: string;
      readonly uid?: number;
      readonly gid?: number;
      readonly env: Record<string, string>;
      readonly encoding: null;
    },
  ): PseudoTerminal;
}

/** A terminal has a row and a column at least, and no more than its 16 bits can say. */
const MAXIMUM_SIZE = 0xffff;

export interface PtyLaunch {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  /** Whom it runs as; as this process where not given. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly env: Record<string, string>;
  /** Between SIGHUP and SIGKILL, in ms. */
  readonly killDelay: number;
}

/** Runs a program in a terminal of the size that the client has. Settles with its exit code and the signal's number, when it has ended. */
export async function runInTerminal(
  session: Session,
  terminals: PseudoTerminals,
  { file, args, cwd, uid, gid, env, killDelay }: PtyLaunch,
): Promise<{ readonly exitCode: number; readonly signal?: number }> {
  const { term = 'xterm', columns = 80, rows = 24 } = session.pty ?? {};
  const terminal = terminals.spawn(file, [...args], {
    name: term,
    cols: bounded(columns, 80),
    rows: bounded(rows, 24),
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    env,
    encoding: null,
  });
  const over = new AbortController();
  const sent = copyOutput(session, terminal, over.signal);
  const ended = new Promise<{ readonly exitCode: number; readonly signal?: number }>((resolve) => {
    terminal.onExit((end) => {
      // Its number, and that of its terminal, may be another program's from here on.
      over.abort();
      resolve(end);
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const hangUp = (): void => {
    terminal.kill('SIGHUP');
    timer = setTimeout(() => terminal.kill('SIGKILL'), killDelay);
  };
  session.closed.addEventListener('abort', hangUp, { once: true, signal: over.signal });
  void copyInput(session, terminal, over.signal);
  void follow(session, terminal, over.signal);
  const end = await ended;
  clearTimeout(timer);
  await sent();
  return end;
}

/** Security: a terminal whose program has ended throws at whoever writes to it or changes its size, and nobody waits for these two. */
async function copyInput(session: Session, terminal: PseudoTerminal, over: AbortSignal): Promise<void> {
  for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) {
    if (over.aborted) return session.discardInput();
    attempt(() => terminal.write(Buffer.from(chunk)));
  }
}

async function follow(session: Session, terminal: PseudoTerminal, over: AbortSignal): Promise<void> {
  for await (const { columns, rows } of session.resizes) {
    if (over.aborted) return;
    attempt(() => terminal.resize(bounded(columns, 80), bounded(rows, 24)));
  }
}

/** The program may have ended without our having been told. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Then `onExit` comes next.
  }
}

function bounded(size: number, usual: number): number {
  return size === 0 ? usual : Math.min(size, MAXIMUM_SIZE);
}
