/** Runs one line of a shell on a job's streams. */
import type { LineResult, Shell } from '../bash/shell.js';
import { writeErrorText, type CommandStreams } from '../commands/command.js';
import { findOwnCommand } from '../commands/index.js';
import type { SessionIo } from '../session-io.js';
import { InputBoundError, readAll } from './standard-input.js';

/** An own command gets the streams as they are; for other lines stdin is read first, if they read it at all. */
export async function runLine(job: CommandStreams, shell: Shell, text: string, io: SessionIo): Promise<LineResult> {
  const own = findOwnCommand(text);
  if (own !== undefined) {
    const result = await own.command.run(own.operands, job, io.session);
    if (typeof result === 'object') return { status: 0, exits: true, death: result.signal };
    return shell.settle(result & 0xff);
  }
  try {
    const stdin = shell.readsInput(text) ? await readAll(job) : new Uint8Array(0);
    return await shell.run(text, { streams: job, stdin });
  } catch (error) {
    if (!(error instanceof InputBoundError)) throw error;
    await writeErrorText(job, `bash: ${error.message}\n`);
    return shell.settle(1);
  }
}
