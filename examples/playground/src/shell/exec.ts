/** RFC 4254 §6.5, exec: one command for the shell. */
import type { Shell } from '../bash/shell.js';
import type { CommandResult } from '../commands/command.js';
import { Job } from '../job.js';
import type { SessionIo } from '../session-io.js';
import { runLine } from './run-line.js';

export async function runCommand(io: SessionIo, shell: Shell, command: string): Promise<CommandResult> {
  const job = new Job(io);
  try {
    const { status, death } = await runLine(job, shell, command, io);
    const signal = death ?? job.killedBy;
    return signal === undefined ? status : { signal };
  } finally {
    job.end();
  }
}
