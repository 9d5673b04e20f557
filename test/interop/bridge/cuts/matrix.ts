/** What people do over ssh, by each route, while links are cut: with resuming nobody notices, without it everybody is told. */
import { performance } from 'node:perf_hooks';
import type { Cleanup } from '../../processes.js';
import type { ChopperOptions } from '../chopper.js';
import { carry, type LoadName } from './loads.js';
import type { Material } from './material.js';
import { ProgramFailed, type Status } from './run-program.js';
import { openWay, type WayName } from './ways.js';

export { LOADS, PROGRAMS } from './loads.js';
export { makeMaterial } from './material.js';
export { WAYS } from './ways.js';

export interface Cell {
  readonly way: WayName;
  readonly load: LoadName;
  readonly material: Material;
  readonly chopping: ChopperOptions;
  /** The command as one file. */
  readonly bundle: string;
  /** For what runs it. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Carried {
  readonly bytes: number;
  readonly milliseconds: number;
  readonly cuts: number;
}

/** With resuming. @throws if a program fails, or a byte differs */
export async function carryCut(cleanup: Cleanup, { way: name, load, material, ...options }: Cell): Promise<Carried> {
  const way = await openWay(cleanup, name, { ...options, isResumed: true });
  const started = performance.now();
  const bytes = await carry(load, { cleanup, way, material });
  return { bytes, milliseconds: performance.now() - started, cuts: way.cuts() };
}

export interface Told {
  readonly status: Status;
  readonly stderr: string;
  /** From the cut to the end of the program. */
  readonly milliseconds: number;
  /** Lines on stderr that are ours. */
  readonly lines: readonly string[];
  /** How many of them there should be: a `proxy` says why, everything else is behind a connection that is reset. */
  readonly expected: number;
}

/** Interop: OpenSSH's sftp, up to 9.2, is killed by SIGPIPE when it writes to an ssh that is gone. */
export function isDefinite(status: Status): boolean {
  return typeof status === 'number' ? status > 0 : status === 'SIGPIPE';
}

/** Without resuming. @throws if the program does not fail */
export async function failCut(cleanup: Cleanup, { way: name, load, material, ...options }: Cell): Promise<Told> {
  const way = await openWay(cleanup, name, { ...options, isResumed: false });
  const failure = await carry(load, { cleanup, way, material }).catch((error: unknown) => error);
  const milliseconds = performance.now() - (way.firstCut() ?? Number.NaN);
  if (!(failure instanceof ProgramFailed)) throw new Error(`${load} did not fail`, { cause: failure });
  const { status, stderr } = failure;
  const lines = stderr.match(/^ssh-bridge: .+$/gm) ?? [];
  return { status, stderr, milliseconds, lines, expected: way.hasProxy ? 1 : 0 };
}
