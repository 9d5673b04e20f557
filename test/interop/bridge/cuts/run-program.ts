/** A program with files as its input and output, so that no amount of bytes fills this process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { tied, type Cleanup } from '../../processes.js';

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Files; by default input is empty and output is dropped. */
  readonly input?: string;
  readonly output?: string;
}

/** A number, or the signal that ended it. */
export type Status = number | NodeJS.Signals | null;

export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
  readonly status: Status;
  readonly stderr: string;

  constructor(program: string, status: Status, stderr: string) {
    super(`${program} ended with ${status}: ${stderr}`);
    this.status = status;
    this.stderr = stderr;
  }
}

/** @throws ProgramFailed if its status is not 0 */
export async function runProgram(
  cleanup: Cleanup,
  program: string,
  words: readonly string[],
  { env, input = '/dev/null', output = '/dev/null' }: RunOptions,
): Promise<void> {
  const files = [openSync(input, 'r'), openSync(output, 'w')] as const;
  const child = spawn(...tied(program, words), { stdio: [...files, 'pipe'], env: { ...process.env, ...env } });
  for (const file of files) closeSync(file);
  cleanup(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code !== 0) throw new ProgramFailed(program, code ?? signal, stderr);
}
