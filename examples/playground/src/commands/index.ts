/** The playground's own commands, one row each: for people to try, and for tests to rely on. */
import type { OwnCommand } from './command.js';
import { connection } from './connection.js';
import { die } from './die.js';
import { exitWith } from './exit-with.js';
import { pty } from './pty.js';
import { sha256 } from './sha256.js';
import { sink } from './sink.js';
import { stderr } from './stderr.js';
import { zero } from './zero.js';

export const ownCommands: Readonly<Record<string, OwnCommand>> = {
  zero,
  sink,
  sha256,
  'exit-with': exitWith,
  die,
  stderr,
  pty,
  connection,
};

/** Words without anything that is special to a shell. */
const PLAIN_WORDS = /^\s*[\w.,:@%+/-]+(?:\s+[\w.,:@%+/-]+)*\s*$/;

/** The own command that makes up the whole line, with its operands; undefined if a shell has to interpret the line. */
export function findOwnCommand(
  line: string,
): { readonly command: OwnCommand; readonly operands: readonly string[] } | undefined {
  if (!PLAIN_WORDS.test(line)) return undefined;
  const [name = '', ...operands] = line.trim().split(/\s+/);
  const command = Object.hasOwn(ownCommands, name) ? ownCommands[name] : undefined;
  return command && { command, operands };
}
