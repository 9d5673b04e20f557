/** The playground's own commands inside a script, where stdin and stdout are held in memory, and therefore bounded. */
import type { Session, SignalName } from '@nacre/core';
import { defineCommand, type CustomCommand, type Command } from 'just-bash/browser';
import type { CommandStreams, OwnCommand } from '../commands/command.js';
import { ownCommands } from '../commands/index.js';
import { bytesFromLatin1, latin1FromBytes } from './streams.js';

/** Output of one command in a script, in bytes. */
const MAXIMUM_OUTPUT = 16 * 2 ** 20;

export const HOST_NAME = 'nacre';

type Context = Parameters<Command['execute']>[1];

/** `onDeath` is called for `die`, which ends the script. */
export function ownCommandsFor(session: Session, onDeath: (signal: SignalName) => void): CustomCommand[] {
  const own = Object.entries(ownCommands).map(([name, command]) =>
    defineCommand(name, async (operands, context) => {
      const { streams, output, errors } = bufferedStreams(context);
      const result = await run(command, operands, streams, session);
      if (typeof result === 'object') onDeath(result.signal);
      const exitCode = typeof result === 'number' ? result & 0xff : 1;
      return { stdout: output(), stdoutKind: 'bytes', stderr: errors(), exitCode };
    }),
  );
  const say = (name: string, text: string) =>
    defineCommand(name, async () => ({ stdout: `${text}\n`, stderr: '', exitCode: 0 }));
  return [...own, say('whoami', session.user), say('hostname', HOST_NAME)];
}

class OutputBoundError extends Error {}

async function run(command: OwnCommand, operands: readonly string[], streams: CommandStreams, session: Session) {
  try {
    return await command.run(operands, streams, session);
  } catch (error) {
    if (!(error instanceof OutputBoundError)) throw error;
    await streams.writeError(new TextEncoder().encode('too much for a script; as the whole command it has no bound\n'));
    return 1;
  }
}

function bufferedStreams(context: Context): {
  streams: CommandStreams;
  output: () => string;
  errors: () => string;
} {
  // In just-bash, stdin is a string with one character per byte.
  let stdin: Uint8Array | undefined = bytesFromLatin1(String(context.stdin));
  let output = '';
  let errors = '';
  const streams: CommandStreams = {
    signal: context.signal ?? new AbortController().signal,
    read: async () => {
      const chunk = stdin;
      stdin = undefined;
      return chunk?.length === 0 ? undefined : chunk;
    },
    release: () => undefined,
    write: async (bytes) => {
      if (output.length + bytes.length > MAXIMUM_OUTPUT) throw new OutputBoundError();
      output += latin1FromBytes(bytes);
    },
    writeError: async (bytes) => {
      errors += new TextDecoder().decode(bytes);
    },
  };
  return { streams, output: () => output, errors: () => errors };
}
