/** `npm run playground` as a process, on every runtime there is: the variants that the tests of this folder use. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { formatPublicKey, parsePrivateKey, type PrivateKey } from '@nacre/core';
import { testKey } from '../interop/keys.js';
import { isMissing, temporaryFolder, type Cleanup } from '../interop/processes.js';
import { bun } from './bun.js';

export const RUNNER = fileURLToPath(new URL('../../scripts/playground.mjs', import.meta.url));

export interface Runtime {
  readonly name: string;
  /** What the runner is told. */
  readonly words: readonly string[];
  /** Whether a program that it needs is missing. */
  readonly isMissing: boolean;
  /** Whether all of its sockets are those of ssh clients. */
  readonly ownsSockets: boolean;
}

export const RUNTIMES: readonly Runtime[] = [
  { name: 'node', words: ['--runtime', 'node'], isMissing: false, ownsSockets: true },
  { name: 'deno', words: ['--runtime', 'deno'], isMissing: false, ownsSockets: true },
  { name: 'bun', words: ['--runtime', 'bun'], isMissing: bun === undefined, ownsSockets: true },
  { name: 'workerd', words: ['--runtime', 'workerd'], isMissing: false, ownsSockets: true },
  {
    name: 'workerd, its own TCP socket',
    words: ['--runtime', 'workerd', '--direct'],
    isMissing: false,
    ownsSockets: true,
  },
  { name: 'browser', words: ['--runtime', 'browser'], isMissing: isMissing('chromium'), ownsSockets: false },
];

/**
 * What a `beforeAll` has to undo: return `run` from it. Inside a hook Vitest ignores other hooks, silently.
 */
export function collectUndos(): { readonly add: Cleanup; readonly run: () => Promise<void> } {
  const undos: (() => Promise<void> | void)[] = [];
  return {
    add: (undo) => void undos.push(undo),
    run: async () => {
      for (const undo of undos.toReversed()) await undo();
    },
  };
}

export interface Playground {
  readonly port: number;
  /** The process that runs the ssh server. */
  readonly pid: number;
  readonly hostKeys: readonly PrivateKey[];
  readonly connections: readonly never[];
}

export interface Failed {
  readonly code: number | null;
  readonly stderr: string;
}

/** Starts the runner. Returns what it said, or how it failed. */
export async function run(cleanup: Cleanup, words: readonly string[]): Promise<{ port: number; pid: number } | Failed> {
  const child = spawn(process.execPath, [RUNNER, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = once(child, 'close');
  cleanup(async () => {
    // The runner stops what it has started; killed, it could not.
    child.kill('SIGTERM');
    await closed;
  });
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), closed]);
  if (typeof line === 'string') return JSON.parse(line);
  return { code: child.exitCode, stderr };
}

/** Starts the playground on a runtime, with a host key in a file and a user key that `keys` logs in with. */
export async function startPlayground(
  cleanup: Cleanup,
  { words }: Runtime,
  more: readonly string[] = [],
): Promise<Playground> {
  const folder = await temporaryFolder(cleanup);
  const hostKey = join(folder, 'host_key');
  const authorizedKeys = join(folder, 'authorized_keys');
  await writeFile(authorizedKeys, formatPublicKey((await testKey('ssh-ed25519')).public));
  const started = await run(cleanup, [...words, '--host-key', hostKey, '--authorized-keys', authorizedKeys, ...more]);
  if (!('port' in started)) throw new Error(`the playground failed: ${started.stderr}`);
  return { ...started, hostKeys: [parsePrivateKey(await readFile(hostKey, 'utf8'))], connections: [] };
}

/** Resident memory of a process, in bytes. */
export function residentMemory(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}

/** CPU time that a process has used, in clock ticks. */
export function cpuTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

export async function openDescriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}
