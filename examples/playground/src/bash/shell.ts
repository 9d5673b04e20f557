/** just-bash as a shell: each line finds the state that the last one left behind. */
import type { Session, SignalName } from '@nacre/core';
import { Bash, MountableFs, type BashExecResult, type BashOptions, type InMemoryFs } from 'just-bash/browser';
import type { CommandStreams } from '../commands/command.js';
import { withLiveOutput, withPauses } from './live-output.js';
import { ownCommandsFor } from './own-commands.js';
import { initialState, nextState, preludeOf, EPILOGUE, type ShellState } from './shell-state.js';
import { Stop } from './stop.js';
import { readsStandardInput } from './stdin-readers.js';
import { latin1FromBytes, Streams, STREAMS_MOUNT } from './streams.js';
import type { Script, Statement } from './syntax.js';
import { isUnfinished } from './unfinished.js';

/** The bounds of one line. A loop is ended by ^C, or by its time limit. */
const LIMITS: NonNullable<BashOptions['executionLimits']> = {
  maxSourceBytes: 2 ** 20,
  maxCommandCount: 100_000_000,
  maxLoopIterations: 100_000_000,
  maxWorkUnits: Number.MAX_SAFE_INTEGER,
  maxOutputSize: 32 * 2 ** 20,
  maxLiveBytes: 128 * 2 ** 20,
  maxInputBytes: 64 * 2 ** 20,
  maxStringLength: 32 * 2 ** 20,
  maxHeredocSize: 2 ** 20,
  maxArchiveBytes: 64 * 2 ** 20,
  maxExecutionTimeMs: 10 * 60_000,
};
/** bash's status for a command that a signal ended, without the signal's number. */
const KILLED = 128;
const INTERRUPT = 2;
const OVERDUE = 'bash: ended, for nothing else could run meanwhile; outside of eval it could\n';
const encoder = new TextEncoder();

/** How a line ended. */
export interface LineResult {
  readonly status: number;
  /** The line was the shell's last: it ran `exit`. */
  readonly exits: boolean;
  /** `die` was called: the session should end with this signal. */
  readonly death: SignalName | undefined;
}

type ScriptResult = Pick<BashExecResult, 'stdout' | 'stderr' | 'exitCode' | 'env'>;

export interface RunOptions {
  readonly streams: Pick<CommandStreams, 'write' | 'writeError' | 'signal'>;
  readonly stdin?: Uint8Array;
}

export class Shell {
  readonly #bash: Bash;
  readonly #streams = new Streams();
  #state: ShellState;
  /** Applied to the script that just-bash parses next, which is the session's own; any others are run by commands. */
  #transform: ((script: Script) => Script) | undefined;
  /** Of the running script. */
  #stop: Stop | undefined;

  constructor(session: Session, files: InMemoryFs, env: Readonly<Record<string, string>>) {
    const fs = new MountableFs({ base: files, mounts: [{ mountPoint: STREAMS_MOUNT, filesystem: this.#streams }] });
    const customCommands = ownCommandsFor(session, (signal) => this.#stop?.die(signal));
    const cwd = env['HOME'] ?? '/';
    this.#bash = new Bash({
      fs,
      cwd,
      env: { ...env },
      customCommands,
      executionLimits: LIMITS,
      // Called at every step; commands such as awk have bounds of their own.
      coverage: { hit: (feature) => (feature.startsWith('bash:cmd') ? this.#stop?.step() : undefined) },
    });
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

  /** Sets the status of a line that ^C ended or kept from running. */
  interrupted(): void {
    this.#state = { ...this.#state, status: KILLED + INTERRUPT };
  }

  /** Whether more lines are needed before `text` is a command. */
  isUnfinished(text: string): boolean {
    return isUnfinished(text, () => this.#parse(text));
  }

  /** Whether `text` may read stdin, all of which `run` then needs. */
  readsInput(text: string): boolean {
    try {
      return readsStandardInput(this.#parse(text));
    } catch {
      // Errors are reported when it is run.
      return false;
    }
  }

  async run(line: string, { streams, stdin = new Uint8Array(0) }: RunOptions): Promise<LineResult> {
    const before = this.#state;
    const stop = new Stop(streams.signal);
    this.#stop = stop;
    this.#streams.begin(streams);
    const prelude = this.#parsePrelude(before);
    const epilogue = this.#parse(EPILOGUE).statements;
    let script: Script | undefined;
    this.#transform = (parsed) => {
      script = parsed;
      const live = withLiveOutput(parsed);
      return { ...live, statements: [...prelude, ...live.statements, ...epilogue] };
    };
    const { cwd, env } = before;
    const options = { cwd, env, replaceEnv: true, rawScript: true, signal: stop.signal } as const;
    const result = await this.#bash
      .exec(line, { ...options, stdin: latin1FromBytes(stdin), stdinKind: 'bytes' })
      .catch(failedResult);
    stop.release();
    this.#transform = undefined;
    if (stop.signal.aborted) {
      this.interrupted();
      if (stop.isOverdue) {
        await streams.writeError(encoder.encode(OVERDUE));
        return this.settle(1);
      }
      return { status: this.status, exits: stop.death !== undefined, death: stop.death };
    }
    // This output bypassed the redirections: mostly messages of the shell itself.
    if (result.stdout !== '') await streams.write(encoder.encode(result.stdout));
    if (result.stderr !== '') await streams.writeError(encoder.encode(result.stderr));
    return this.#keep(before, result, script);
  }

  /** Keeps what a script left behind. One that did not reach its epilogue has failed, or ran `exit`. */
  #keep(before: ShellState, { env, exitCode, stderr }: ScriptResult, script: Script | undefined): LineResult {
    const left = this.#streams.state;
    const isWhole = left !== '';
    this.#state = isWhole ? nextState(before, { left, env, script }) : { ...before, status: exitCode };
    return { status: this.status, exits: !isWhole && (this.#streams.hasExited || stderr === ''), death: undefined };
  }

  /** Functions come first: a definition has a status of its own. */
  #parsePrelude(state: ShellState): Statement[] {
    try {
      return [...state.functions.values(), ...this.#parse(preludeOf(state)).statements];
    } catch {
      // Larger than a script may be: the shell goes on without it.
      return [];
    }
  }

  /** @throws Error if `text` is not a script. */
  #parse(text: string): Script {
    this.#transform = (script) => script;
    try {
      return this.#bash.transform(text).ast;
    } finally {
      this.#transform = undefined;
    }
  }
}

/** just-bash throws some file system errors that bash would report before going on. */
function failedResult(error: unknown): ScriptResult {
  const message = error instanceof Error ? error.message : String(error);
  return { stdout: '', stderr: `bash: ${message}\n`, exitCode: 1, env: {} };
}
