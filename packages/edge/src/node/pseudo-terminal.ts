/** A program in a pseudo-terminal of the system's, by the package `node-pty` or one of its shape. */
import type { Session } from '@nacre/core';

/** What is used of a terminal of `node-pty`; it fits. */
export interface PseudoTerminal {
  readonly pid: number;
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
  readonly env: Record<string, string>;
}

/** Runs a program in a terminal of the size that the client has. Settles with its exit code and the signal's number, when it has ended. */
export async function runInTerminal(
  session: Session,
  terminals: PseudoTerminals,
  { file, args, cwd, env }: PtyLaunch,
): Promise<{ readonly exitCode: number; readonly signal?: number }> {
  const { term = 'xterm', columns = 80, rows = 24 } = session.pty ?? {};
  const terminal = terminals.spawn(file, [...args], {
    name: term,
    cols: bounded(columns, 80),
    rows: bounded(rows, 24),
    ...(cwd === undefined ? {} : { cwd }),
    env,
    encoding: null,
  });
  let last = Promise.resolve();
  terminal.onData((data) => {
    terminal.pause();
    last = session.write(Buffer.from(data)).then(
      () => terminal.resume(),
      () => terminal.kill('SIGHUP'),
    );
  });
  const ended = new Promise<{ readonly exitCode: number; readonly signal?: number }>((resolve) => {
    terminal.onExit(resolve);
  });
  const hangUp = (): void => terminal.kill('SIGHUP');
  session.closed.addEventListener('abort', hangUp, { once: true });
  void copyInput(session, terminal);
  void follow(session, terminal);
  const end = await ended;
  // Its number may be another program's from here on.
  session.closed.removeEventListener('abort', hangUp);
  await last;
  return end;
}

async function copyInput(session: Session, terminal: PseudoTerminal): Promise<void> {
  for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) {
    terminal.write(Buffer.from(chunk));
  }
}

async function follow(session: Session, terminal: PseudoTerminal): Promise<void> {
  for await (const { columns, rows } of session.resizes) terminal.resize(bounded(columns, 80), bounded(rows, 24));
}

function bounded(size: number, usual: number): number {
  return size === 0 ? usual : Math.min(size, MAXIMUM_SIZE);
}
