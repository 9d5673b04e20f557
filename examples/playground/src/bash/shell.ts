/** just-bash as a shell: what one line leaves behind, the next one finds. */
import type { Session, SignalName } from '@nacre/core';
import { Bash, MountableFs, type InMemoryFs } from 'just-bash/browser';
import type { CommandStreams } from '../commands/command.js';
import { withLiveOutput, withPauses } from './live-output.js';
import { ownCommandsFor } from './own-commands.js';
import { initialState, nextState, preludeOf, EPILOGUE, type ShellState } from './shell-state.js';
import { readsStandardInput } from './stdin-readers.js';
import { latin1FromBytes, Streams, STREAMS_MOUNT } from './streams.js';
import type { Script } from './syntax.js';
import { isUnfinished } from './unfinished.js';

/** One line's bounds; a loop that goes on for ever ends by them, if not by ^C. */
const LIMITS = {
  maxSourceBytes: 2 ** 20,
  maxCommandCount: 100_000,
  maxLoopIterations: 100_000,
  maxOutputSize: 64 * 2 ** 20,
  maxLiveBytes: 128 * 2 ** 20,
  maxInputBytes: 64 * 2 ** 20,
  maxStringLength: 32 * 2 ** 20,
  maxHeredocSize: 2 ** 20,
  maxArchiveBytes: 64 * 2 ** 20,
  maxExecutionTimeMs: 60 * 60_000,
} as const;
/** bash's status for a command that a signal ended, without the signal's number. */
const KILLED = 128;
const INTERRUPT = 2;

/** How a line ended. */
export interface LineResult {
  readonly status: number;
  /** The line was the shell's last: it said `exit`. */
  readonly exits: boolean;
  /** `die` was called: with this signal the session is to end. */
  readonly death: SignalName | undefined;
}

export interface RunOptions {
  readonly streams: Pick<CommandStreams, 'write' | 'writeError' | 'signal'>;
  readonly stdin?: Uint8Array;
}

export class Shell {
  readonly #bash: Bash;
  readonly #streams = new Streams();
  #state: ShellState;
  /** What to make of the script that just-bash parses next, as the session's own; others are run by commands. */
  #transform: ((script: Script) => Script) | undefined;
  #die: (signal: SignalName) => void = () => undefined;

  constructor(session: Session, files: InMemoryFs, env: Readonly<Record<string, string>>) {
    const fs = new MountableFs({ base: files, mounts: [{ mountPoint: STREAMS_MOUNT, filesystem: this.#streams }] });
    const customCommands = ownCommandsFor(session, (signal) => this.#die(signal));
    const cwd = env['HOME'] ?? '/';
    this.#bash = new Bash({ fs, cwd, env: { ...env }, customCommands, executionLimits: LIMITS });
    this.#bash.registerTransformPlugin({
      name: 'playground',
      transform: ({ ast }) => {
        const transform = this.#transform ?? withPauses;
        this.#transform = undefined;
        return { ast: transform(ast) };
      },
    });
    this.#state = initialState(this.#bash.getEnv(), cwd);
  }

  get cwd(): string {
    return this.#state.cwd;
  }

  /** `$?` */
  get status(): number {
    return this.#state.status;
  }

  get fs(): Bash['fs'] {
    return this.#bash.fs;
  }

  /** Names of functions, aliases and variables, for completion. */
  get names(): { readonly functions: readonly string[]; readonly variables: readonly string[] } {
    return { functions: [...this.#state.functions.keys()], variables: Object.keys(this.#state.env) };
  }

  setVariable(name: string, value: string): void {
    this.#state = { ...this.#state, env: { ...this.#state.env, [name]: value } };
  }

  get home(): string {
    return this.#state.env['HOME'] ?? '/';
  }

  /** Takes the status of a command that was run without the shell. */
  settle(status: number): LineResult {
    this.#state = { ...this.#state, status };
    return { status, exits: false, death: undefined };
  }

  /** The status of a line that ^C ended, or kept from being run. */
  interrupted(): void {
    this.#state = { ...this.#state, status: KILLED + INTERRUPT };
  }

  /** Whether more lines have to come before `text` is a command. */
  isUnfinished(text: string): boolean {
    return isUnfinished(text, () => this.#parse(text));
  }

  /** Whether `text` may read stdin, which `run` needs in whole. */
  readsInput(text: string): boolean {
    try {
      return readsStandardInput(this.#parse(text));
    } catch {
      // What is wrong with it is told when it is run.
      return false;
    }
  }

  async run(line: string, { streams, stdin = new Uint8Array(0) }: RunOptions): Promise<LineResult> {
    const stop = new AbortController();
    const onStop = (): void => stop.abort();
    streams.signal.addEventListener('abort', onStop, { once: true });
    if (streams.signal.aborted) stop.abort();
    let death: SignalName | undefined;
    this.#die = (signal) => {
      death ??= signal;
      stop.abort();
    };
    this.#streams.begin(streams);
    const before = this.#state;
    let script: Script | undefined;
    const prelude = this.#parse(preludeOf(before)).statements;
    const epilogue = this.#parse(EPILOGUE).statements;
    this.#transform = (parsed) => {
      script = parsed;
      const live = withLiveOutput(parsed);
      return { ...live, statements: [...before.functions.values(), ...prelude, ...live.statements, ...epilogue] };
    };
    const result = await this.#bash.exec(line, {
      cwd: before.cwd,
      env: before.env,
      replaceEnv: true,
      rawScript: true,
      stdin: latin1FromBytes(stdin),
      stdinKind: 'bytes',
      signal: stop.signal,
    });
    this.#transform = undefined;
    streams.signal.removeEventListener('abort', onStop);
    return this.#settle(result, { before, script, death, streams, isStopped: stop.signal.aborted });
  }

  async #settle(
    {
      stdout,
      stderr,
      exitCode,
      env,
    }: { stdout: string; stderr: string; exitCode: number; env: Record<string, string> },
    { before, script, death, streams, isStopped }: Ended,
  ): Promise<LineResult> {
    if (isStopped) {
      this.interrupted();
      return { status: this.status, exits: death !== undefined, death };
    }
    // What comes back here went past the redirections: messages of the shell itself, for the most part.
    const encoder = new TextEncoder();
    if (stdout !== '') await streams.write(encoder.encode(stdout));
    if (stderr !== '') await streams.writeError(encoder.encode(stderr));
    const left = this.#streams.state;
    if (left !== '') {
      this.#state = nextState(before, { left, env, script });
      return { status: this.status, exits: false, death };
    }
    this.#state = { ...before, status: exitCode };
    return { status: exitCode, exits: this.#streams.hasExited || stderr === '', death };
  }

  /** @throws Error where `text` is no script. */
  #parse(text: string): Script {
    this.#transform = (script) => script;
    try {
      return this.#bash.transform(text).ast;
    } finally {
      this.#transform = undefined;
    }
  }
}

interface Ended {
  readonly before: ShellState;
  readonly script: Script | undefined;
  readonly death: SignalName | undefined;
  readonly streams: Pick<CommandStreams, 'write' | 'writeError'>;
  readonly isStopped: boolean;
}
