/** The playground's own commands, a row each: for people to try, and for tests to lean on. */
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

/** A word in which no shell would see anything but itself. */
const PLAIN_WORDS = /^\s*[\w.,:@%+/-]+(?:\s+[\w.,:@%+/-]+)*\s*$/;

/** The own command that a line consists of, with its operands; undefined where a shell has to look at the line. */
export function findOwnCommand(
  line: string,
): { readonly command: OwnCommand; readonly operands: readonly string[] } | undefined {
  if (!PLAIN_WORDS.test(line)) return undefined;
  const [name = '', ...operands] = line.trim().split(/\s+/);
  const command = Object.hasOwn(ownCommands, name) ? ownCommands[name] : undefined;
  return command && { command, operands };
}
