/** The bundled `ssh-bridge`: `serve` as a process behind a chopper, and what a process uses. */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from 'vitest';
import { freePort, start, tool, type Cleanup, type Running } from '../processes.js';
import { startChopper, WHOLE, type Chopper } from './chopper.js';

export const TOKEN = 'a-token-for-tests-of-32-characters';
const BUILD = fileURLToPath(new URL('../../../packages/bridge/build.mjs', import.meta.url));

const NO_LONG_TIMERS = `for (const name of ['setTimeout', 'setInterval']) {
  const set = globalThis[name];
  globalThis[name] = (callback, time, ...rest) => set(callback, time > 2000 ? 2 ** 31 - 1 : time, ...rest);
}`;

/**
 * The environment of a verb that has to end at once: in it no timer of more than 2 s ever fires, so what ends a verb there is an
 * event. How long that takes depends on the machine, and is not measured.
 */
export const BY_EVENTS = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(NO_LONG_TIMERS)}` };

/** The command as it is published, for all tests of a file; call it at the top, so that it is the last to clean up. */
export function useBridge(): { readonly path: string } {
  const path = join(tmpdir(), `ssh-bridge.interop-${randomUUID()}.mjs`);
  beforeAll(() => tool(process.execPath, BUILD, path));
  afterAll(async () => {
    // A proxy started by ssh ends a moment after it. `expect.poll` works only inside a test.
    for (let look = 0; look < LOOKS && processesWith(path).length > 0; look += 1) await delay(100);
    expect(processesWith(path), 'no test leaves a process').toEqual([]);
    await rm(path, { force: true });
  });
  return { path };
}

/** Ten a second: a process that is no longer needed has ended by then. */
const LOOKS = 600;

/** The command lines that contain `word`, if the system shows them. */
function processesWith(word: string): readonly string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(commandLineOf).filter((line) => line.includes(word));
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    // It has ended meanwhile.
    return '';
  }
}

/** `serve` as a process, and a chopper in front of it. */
export interface Served {
  readonly serve: Running;
  readonly chopper: Chopper;
  /** What `serve` offers, through the chopper. */
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Starts it again on the same port, after it has ended. */
  restart(): Promise<Running>;
}

export interface ServeOptions {
  readonly words?: readonly string[];
  /** For it, and for what reaches it. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function startServe(
  cleanup: Cleanup,
  bundle: string,
  target: number,
  { words = [], env = {} }: ServeOptions = {},
): Promise<Served> {
  const environment = { SSH_BRIDGE_TOKEN: TOKEN, ...env };
  const port = await freePort();
  const chopper = await startChopper(cleanup, () => port, WHOLE);
  const host = `127.0.0.1:${chopper.port}`;
  const all = ['serve', '--listen', String(port), '--to', `127.0.0.1:${target}`, '--allow-host', host, ...words];
  const restart = async (): Promise<Running> => {
    const running = start(cleanup, process.execPath, [bundle, ...all], { env: environment });
    await running.printed(/listening on/);
    return running;
  };
  return { serve: await restart(), chopper, url: `ws://${host}/`, environment, restart };
}

/** Open descriptors of a process. */
export function descriptors(pid: number | undefined): number {
  return readdirSync(`/proc/${pid ?? 0}/fd`).length;
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number | undefined): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1]) * 1024;
}
