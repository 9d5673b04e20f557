/** Stock programs as child processes: started with a home of their own, awaited by their output, ended with the test. */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export { freePort } from '../../packages/bridge/src/testing/free-port.js';

const run = promisify(execFile);

/** Registers a clean-up for the end of a test or of a test file: `onTestFinished` or `afterAll`. */
export type Cleanup = (undo: () => Promise<void> | void) => void;

/** Whether one of the programs is not installed: their tests are then skipped, which fails a CI run. */
export function isMissing(...programs: readonly string[]): boolean {
  return programs.some((program) => findProgram(program) === undefined);
}

/** The path of a program; also looks where only root's PATH does. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** An empty folder, gone when the test is. */
export async function temporaryFolder(cleanup: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nacre-interop-'));
  cleanup(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a tool to completion and returns its output. @throws if it fails, with its stderr. */
export async function tool(program: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await run(program, words);
  return stdout;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly finished: Promise<Finished>;
  /** Settles once `pattern` has been printed `times` times on either output. @throws if the program ends first. */
  printed(pattern: RegExp, times?: number): Promise<string>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The folder it runs in. */
  readonly cwd?: string;
  /** Written to stdin, which is then closed; without it, stdin stays open. */
  readonly input?: Uint8Array | string;
}

/**
 * Wraps the program so that the system ends it when this process is gone: a killed process cleans up nothing.
 * Only Linux has that.
 */
export function tied(program: string, words: readonly string[]): [program: string, words: readonly string[]] {
  const found = findProgram(program) ?? program;
  const setpriv = findProgram('setpriv');
  return setpriv === undefined ? [found, words] : [setpriv, ['--pdeathsig', 'KILL', '--', found, ...words]];
}

/** Starts a program that is ended by `cleanup` at the latest. */
export function start(
  cleanup: Cleanup,
  program: string,
  words: readonly string[],
  { env = {}, cwd, input }: StartOptions = {},
): Running {
  const child = spawn(...tied(program, words), { cwd, env: { ...process.env, ...env } });
  child.stdin.on('error', () => undefined);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const finished = once(child, 'close').then(([code]: (number | null)[]) => ({
    code: code ?? null,
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr).toString(),
  }));
  cleanup(async () => {
    child.kill('SIGKILL');
    await finished;
  });
  if (input !== undefined) child.stdin.end(input);
  const shown = (): string => Buffer.concat([...stdout, ...stderr]).toString();
  const printed = (pattern: RegExp, times = 1): Promise<string> =>
    new Promise((resolve, reject) => {
      const every = new RegExp(pattern, `g${pattern.flags.replace('g', '')}`);
      const look = (): void => {
        if ([...shown().matchAll(every)].length >= times) resolve(shown());
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.once('close', () => reject(new Error(`${program} ended without printing ${String(pattern)}:\n${shown()}`)));
      look();
    });
  return { child, finished, printed };
}
