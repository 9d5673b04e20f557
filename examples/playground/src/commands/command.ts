/** What the playground's own commands have in common: input and output streams, and an exit status. */
import type { Session, SignalName } from '@nacre/core';

export interface CommandStreams {
  /** The next bytes of stdin, in memory of their own; undefined at their end. */
  read(): Promise<Uint8Array | undefined>;
  /** Frees a chunk that was read, which is empty from then on. Some browsers' garbage collectors let tens of MiB wait. */
  release(chunk: Uint8Array): void;
  /** Settles once there is room for more; the memory of `bytes` may then be reused. */
  write(bytes: Uint8Array): Promise<void>;
  writeError(bytes: Uint8Array): Promise<void>;
  /** Aborts when the command should stop: ^C, a signal, or a client that is gone. */
  readonly signal: AbortSignal;
}

/** RFC 4254 §6.10: an exit status, or the signal (without SIG) that ended the command. */
export type CommandResult = number | { readonly signal: SignalName };

export interface OwnCommand {
  /** Operands, as a usage line shows them. */
  readonly operands: string;
  readonly summary: string;
  readonly readsInput?: boolean;
  run(operands: readonly string[], streams: CommandStreams, session: Session): Promise<CommandResult>;
}

/** A shell's exit status for a command that is used wrongly. */
export const USAGE_STATUS = 2;

const encoder = new TextEncoder();

export function writeText(streams: CommandStreams, text: string): Promise<void> {
  return streams.write(encoder.encode(text));
}

export function writeErrorText(streams: CommandStreams, text: string): Promise<void> {
  return streams.writeError(encoder.encode(text));
}

/** Prints how the command is used. */
export async function refuseUsage(streams: CommandStreams, usage: string): Promise<number> {
  await writeErrorText(streams, `usage: ${usage}\n`);
  return USAGE_STATUS;
}

/** A whole number in decimal digits, at most `maximum`; undefined for anything else. */
export function parseCount(text: string | undefined, maximum: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const count = Number(text);
  return count <= maximum ? count : undefined;
}
