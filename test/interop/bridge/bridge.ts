/** The bundled `ssh-bridge` before OpenSSH's server, and a chopper between its two halves. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { startSshd, type Sshd } from '../../../packages/bridge/src/testing/processes.js';
import { freePort, start, tool, type Cleanup, type Running } from '../processes.js';
import { startChopper, type Chopper, type ChopperOptions } from './chopper.js';

export const TOKEN = 'a-token-for-tests';
const BUILD = fileURLToPath(new URL('../../../packages/bridge/build.mjs', import.meta.url));

/** The command as it is published, for all tests of a file; to be called at its top. */
export function useBridge(): { readonly path: string } {
  const path = join(tmpdir(), `ssh-bridge.interop-${randomUUID()}.mjs`);
  beforeAll(() => tool(process.execPath, BUILD, path));
  afterAll(() => rm(path, { force: true }));
  return { path };
}

/** `serve` as a process, and a chopper before it. */
export interface Served {
  readonly serve: Running;
  readonly chopper: Chopper;
  /** What `serve` offers, by way of the chopper. */
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Starts it anew on the same port, after it has ended. */
  restart(): Promise<Running>;
}

export async function startServe(
  cleanup: Cleanup,
  bundle: string,
  target: number,
  chopping: ChopperOptions,
  words: readonly string[] = [],
): Promise<Served> {
  const environment = { SSH_BRIDGE_TOKEN: TOKEN };
  const port = await freePort();
  const chopper = await startChopper(cleanup, port, chopping);
  const host = `127.0.0.1:${chopper.port}`;
  const all = ['serve', '--listen', String(port), '--to', `127.0.0.1:${target}`, '--allow-host', host, ...words];
  const restart = async (): Promise<Running> => {
    const running = start(cleanup, process.execPath, [bundle, ...all], { env: environment });
    await running.printed(/listening on/);
    return running;
  };
  return { serve: await restart(), chopper, url: `ws://${host}/`, environment, restart };
}

export interface Bridged extends Served {
  readonly sshd: Sshd;
}

/** The same before OpenSSH's server. */
export async function startBefore(cleanup: Cleanup, bundle: string, chopping: ChopperOptions): Promise<Bridged> {
  const sshd = await startSshd();
  return { ...(await startServe(cleanup, bundle, sshd.port, chopping)), sshd };
}

/** Options for `ssh`, `scp` and `sftp` that lead to the sshd by `proxy`. */
export function byProxy({ sshd, url }: Bridged, bundle: string, words: readonly string[] = []): readonly string[] {
  const command = [process.execPath, bundle, 'proxy', ...words, url].join(' ');
  return [...sshd.clientOptions, '-o', `ProxyCommand=${command}`];
}

/** The same by `listen`. */
export async function byListen(cleanup: Cleanup, bridged: Bridged, bundle: string): Promise<readonly string[]> {
  const port = await freePort();
  const words = [bundle, 'listen', String(port), bridged.url];
  await start(cleanup, process.execPath, words, { env: bridged.environment }).printed(/listening on/);
  return [...bridged.sshd.clientOptions, '-o', `Port=${port}`, '-o', 'HostName=127.0.0.1'];
}

/** Open descriptors of a process. */
export function descriptors(pid: number | undefined): number {
  return readdirSync(`/proc/${pid ?? 0}/fd`).length;
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number | undefined): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1]) * 1024;
}
