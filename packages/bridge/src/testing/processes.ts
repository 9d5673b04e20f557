/** Test support: the bundled command and stock ssh programs as child processes. */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

const run = promisify(execFile);
const PACKAGE = new URL('../../', import.meta.url);

/** Builds the command as it is published, into a file of this test's own beside the real one. */
export function useBundle(): { readonly path: string } {
  const path = fileURLToPath(new URL(`dist/ssh-bridge.test-${randomUUID()}.js`, PACKAGE));
  beforeAll(async () => {
    await run(process.execPath, [fileURLToPath(new URL('build.mjs', PACKAGE)), path]);
  });
  afterAll(() => rm(path, { force: true }));
  return { path };
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly finished: Promise<Finished>;
}

/** Starts a program that ends, at the latest, with the test. */
export function start(
  file: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(file, words, { env: { ...process.env, ...environment } });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const finished = once(child, 'close').then(([code, signal]) => ({
    code,
    signal,
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr).toString(),
  }));
  return { child, finished };
}

/** Missing programs skip their tests, except where everything must be there. */
export function isMissing(...programs: readonly string[]): boolean {
  const directories = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin'];
  const isThere = (program: string): boolean => directories.some((directory) => existsSync(join(directory, program)));
  return process.env['CI'] !== 'true' && !programs.every(isThere);
}
