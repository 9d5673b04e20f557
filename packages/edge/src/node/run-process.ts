/** A session served by a program of this machine: pipes or a terminal, exit status, signals in both directions. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { Session } from '@nacre/core';
import { agentSocket, type SessionSocket } from './agent-socket.js';
import { displaySocket } from './display-socket.js';
import { processEnvironment } from './process-environment.js';
import { passSignals, signalGroup } from './process-group.js';
import { processOwner, type ProcessOwner } from './process-owner.js';
import type { PseudoTerminals } from './pseudo-terminal.js';
import { runInTerminal, type Launch } from './run-in-terminal.js';

export interface RunProcessOptions {
  /** In addition to PATH, USER and the client's accepted variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of the client's variables to accept, which may end in `*`; LANG, LC_* and the like if not given. */
  readonly acceptEnv?: readonly string[];
  /**
   * Whether every variable that the proven key sets (`environment=`) counts, not only those of `acceptEnv`. Security: leave it
   * off if users edit their own authorized_keys, as with sshd_config(5), PermitUserEnvironment. False if not given.
   */
  readonly permitUserEnvironment?: boolean;
  readonly cwd?: string;
  /** The user and group to run as, if this process may choose: both or neither. The program gets no supplementary groups. */
  readonly uid?: number;
  readonly gid?: number;
  /** The package `node-pty`, to give a terminal to clients that ask for one. Without it they get pipes. */
  readonly pty?: PseudoTerminals;
  /** The time between SIGHUP and SIGKILL for a program that outlives its session, in ms: 5 s if not given. */
  readonly killDelay?: number;
}

const KILL_DELAY = 5000;
/** A shell's exit status for a program that could not be started. */
const NOT_STARTED = 127;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Runs `file` with `args`, without a shell, and ends the session the way it ends. Returns the exit status for the handler to
 * return. If the program outlives the session, it gets SIGHUP, with everything it started, and then SIGKILL.
 */
export async function runProcess(
  session: Session,
  file: string,
  args: readonly string[] = [],
  options: RunProcessOptions = {},
): Promise<number> {
  const owner = processOwner(options.uid, options.gid);
  const sockets: SessionSocket[] = [];
  try {
    await openSockets(session, owner, sockets);
    const env = processEnvironment(session, options.env ?? {}, {
      accepted: options.acceptEnv,
      permitsUserEnvironment: options.permitUserEnvironment,
    });
    for (const socket of sockets) Object.assign(env, socket.env);
    if (session.closed.aborted) return NOT_STARTED;
    const { pty, cwd, killDelay = KILL_DELAY } = options;
    const launch = { file, args, cwd, owner, env, killDelay };
    if (session.pty !== undefined && pty !== undefined) return await inTerminal(session, pty, launch);
    return await withPipes(session, launch);
  } finally {
    for (const socket of sockets) await socket.close();
  }
}

/** Opens sockets for what the client forwards, where the programs of the session find them. */
async function openSockets(
  { agent, display }: Session,
  owner: ProcessOwner | undefined,
  sockets: SessionSocket[],
): Promise<void> {
  if (agent !== undefined) sockets.push(await agentSocket(agent, owner));
  if (display !== undefined) sockets.push(await displaySocket(display, owner));
}

async function inTerminal(session: Session, terminals: PseudoTerminals, launch: Launch): Promise<number> {
  const { exitCode, signal } = await runInTerminal(session, terminals, launch);
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  if (name !== undefined) session.exitSignal(name.slice('SIG'.length));
  return exitCode;
}

async function withPipes(session: Session, { file, args, cwd, owner, env, killDelay }: Launch): Promise<number> {
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that everything it started ends with it.
    detached: true,
    env,
    ...(cwd === undefined ? {} : { cwd }),
    ...owner,
  });
  const ended = new Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal }));
    },
  );
  const stop = killOnClose(session, child, killDelay);
  void copyInput(session, child);
  const over = new AbortController();
  // From here on, its process id may be another program's. What it started may still write.
  child.once('exit', () => over.abort());
  void passSignals(session, child.pid, over.signal);
  const copying = Promise.all([
    copyOutput(child.stdout, (chunk) => session.write(chunk)),
    copyOutput(child.stderr, (chunk) => session.writeError(chunk)),
  ]);
  try {
    const { code, signal } = await ended;
    await copying;
    if (signal !== null) session.exitSignal(signal.slice('SIG'.length));
    return code ?? NOT_STARTED;
  } catch (error) {
    session.connection.log(4, 'session', 'a program could not be started', { file, error: String(error) });
    return NOT_STARTED;
  } finally {
    over.abort();
    stop();
  }
}

/** The client sends no faster than the program reads. Input that the program no longer reads is dropped. */
async function copyInput(session: Session, { stdin }: Child): Promise<void> {
  stdin.on('error', () => undefined);
  for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) {
    if (stdin.destroyed) return session.discardInput();
    if (!stdin.write(chunk)) await drained(stdin);
  }
  stdin.end();
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.once('drain', done);
    stream.once('close', done);
  });
}

/** A program writes no faster than its client reads; if the client is gone, it sees a broken pipe. */
async function copyOutput(output: Readable, write: (chunk: Uint8Array) => Promise<void>): Promise<void> {
  try {
    for await (const chunk of output) await write(chunk as Uint8Array);
  } catch {
    output.destroy();
  }
}

/** @returns the function to call when the program has ended. */
function killOnClose(session: Session, child: Child, delay: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  const hangUp = (): void => {
    signalGroup(child.pid, 'SIGHUP');
    timer = setTimeout(() => {
      signalGroup(child.pid, 'SIGKILL');
      // What has left the group, as a daemon does, may hold them open for ever.
      child.stdout.destroy();
      child.stderr.destroy();
    }, delay);
  };
  session.closed.addEventListener('abort', hangUp, { once: true });
  return () => {
    session.closed.removeEventListener('abort', hangUp);
    clearTimeout(timer);
  };
}
