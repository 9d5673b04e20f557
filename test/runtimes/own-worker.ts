/** A Worker of a test's own in the workerd that Cloudflare runs. */
import { spawn } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { temporaryFolder, type Cleanup } from '../interop/processes.js';

/**
 * Bundles `workerd.ts` of a folder beside this file and runs it by the folder's `workerd.capnp`, which embeds it as
 * `program.mjs`. @returns the port that workerd reports on its control descriptor
 */
export async function startOwnWorker(
  cleanup: Cleanup,
  name: string,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
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
  const configuration = join(folder, 'workerd.capnp');
  await copyFile(new URL('workerd.capnp', source), configuration);
  const workerd = (createRequire(import.meta.url)('workerd') as { readonly default: string }).default;
  const child = spawn(workerd, ['serve', '--control-fd=3', configuration], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, ...env },
  });
  cleanup(() => void child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    const said = JSON.parse(line) as { readonly event: string; readonly port?: number };
    if (said.event === 'listen') return said.port!;
  }
  throw new Error('workerd ended');
}
