/** A Worker of a test's own in the workerd that Cloudflare runs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { temporaryFolder, type Cleanup } from '../interop/processes.js';

export interface RunningWorkerd {
  readonly child: ChildProcess;
  /** As workerd reports it on its control descriptor. */
  readonly port: number;
}

export interface WorkerdOptions {
  /** More words of its command line. */
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of its output. */
  readonly heard?: (line: string) => void;
}

/**
 * Bundles `workerd.ts` of a folder beside this file. @returns a folder with the result, `program.mjs`, and the folder's
 * `workerd.capnp`, which embeds it
 */
export async function bundleWorker(cleanup: Cleanup, name: string): Promise<string> {
  const source = new URL(`${name}/`, import.meta.url);
  const folder = await temporaryFolder(cleanup);
  await build({
    entryPoints: [fileURLToPath(new URL('workerd.ts', source))],
    outfile: join(folder, 'program.mjs'),
    conditions: ['@nacre/source'],
    bundle: true,
    format: 'esm',
    external: ['cloudflare:sockets'],
  });
  await copyFile(new URL('workerd.capnp', source), join(folder, 'workerd.capnp'));
  return folder;
}

/** Runs what `bundleWorker` made, until `cleanup` at the latest. */
export async function startWorkerd(
  cleanup: Cleanup,
  folder: string,
  { words = [], env = {}, heard = () => undefined }: WorkerdOptions = {},
): Promise<RunningWorkerd> {
  const workerd = (createRequire(import.meta.url)('workerd') as { readonly default: string }).default;
  const child = spawn(workerd, ['serve', '--control-fd=3', ...words, join(folder, 'workerd.capnp')], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    env: { ...process.env, ...env },
  });
  cleanup(() => void child.kill('SIGKILL'));
  createInterface({ input: child.stdio[1] as Readable }).on('line', heard);
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    const said = JSON.parse(line) as { readonly event: string; readonly port?: number };
    if (said.event === 'listen') return { child, port: said.port! };
  }
  throw new Error('workerd ended');
}
