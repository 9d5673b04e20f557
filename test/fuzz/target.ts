/** What is fuzzed, and what counts as a finding. */
import { SshError } from '../../packages/core/src/errors.js';
import type { Random } from './random.js';

/** Something that must not happen. `kind` groups findings that are the same. */
export class Finding extends Error {
  readonly kind: string;

  constructor(kind: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'Finding';
    this.kind = kind;
  }
}

/** The structure of a target's inputs: it knows more than that they are bytes. */
export interface Shape {
  mutate(input: Uint8Array, random: Random): Uint8Array;
  /** A part of each, if that makes sense. */
  join(a: Uint8Array, b: Uint8Array, random: Random): Uint8Array;
  /** Inputs with something omitted, largest omissions first. */
  smaller(input: Uint8Array): Iterable<Uint8Array>;
}

export interface Target {
  readonly name: string;
  readonly shape: Shape;
  /** Legal inputs, made at run time: nothing secret is kept. */
  seeds(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Any bytes are an input. @throws Finding, or whatever escapes from the code under test. */
  run(input: Uint8Array): void | Promise<void>;
}

/** Calls a parser. @returns undefined if it refused in the documented way. @throws Finding for any other exception. */
export function attempt<T>(what: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof SshError) return undefined;
    throw undocumented(what, error);
  }
}

export function undocumented(what: string, error: unknown): Finding {
  const { name, message, stack = '' } = error instanceof Error ? error : { name: typeof error, message: String(error) };
  const place = /^\s+at (?:async )?(.*?) \(/m.exec(stack)?.[1] ?? '';
  return new Finding(`${name} in ${what}: ${place}`, `${what} threw ${name}: ${message}`, { cause: error });
}
