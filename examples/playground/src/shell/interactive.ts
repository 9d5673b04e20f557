/** A shell on a terminal: a prompt, lines, and a job for each. */
import type { ReadLineResult, Terminal } from '@nacre/core/terminal';
import type { Shell } from '../bash/shell.js';
import type { CommandResult } from '../commands/command.js';
import { Job } from '../job.js';
import type { SessionIo } from '../session-io.js';
import { complete } from './completion.js';
import { CONTINUATION_PROMPT, promptFor, WELCOME } from './prompt.js';
import { runLine } from './run-line.js';

export async function runInteractively(io: SessionIo, terminal: Terminal, shell: Shell): Promise<CommandResult> {
  const history: string[] = [];
  await terminal.write(WELCOME);
  for (;;) {
    const entered = await readCommand(terminal, shell, { history, prompt: promptFor(io.session.user, shell) });
    if (entered.kind === 'end') {
      await terminal.write('exit\n');
      return shell.status;
    }
    if (entered.kind === 'interrupt') shell.interrupted();
    else if (entered.line.trim() !== '') {
      const end = await runEntered(io, shell, entered.line);
      if (end !== undefined) return end;
    }
  }
}

/** A line, and further ones as long as it is unfinished. */
async function readCommand(
  terminal: Terminal,
  shell: Shell,
  { history, prompt }: { history: string[]; prompt: string },
): Promise<ReadLineResult> {
  const options = { history, complete: (request: Parameters<typeof complete>[0]) => complete(request, shell) };
  let entered = await terminal.readLine({ ...options, prompt });
  while (entered.kind === 'line' && shell.isUnfinished(entered.line)) {
    const more = await terminal.readLine({ ...options, prompt: CONTINUATION_PROMPT });
    // ^D: the error is reported when it is run.
    if (more.kind === 'end') break;
    entered = more.kind === 'line' ? { kind: 'line', line: `${entered.line}\n${more.line}` } : more;
  }
  return entered;
}

/** @returns how the session ends, if it does. */
async function runEntered(io: SessionIo, shell: Shell, line: string): Promise<CommandResult | undefined> {
  const { columns = 0, rows = 0 } = io.session.pty ?? {};
  shell.setVariable('COLUMNS', String(columns));
  shell.setVariable('LINES', String(rows));
  const job = new Job(io);
  try {
    const { status, exits, death } = await runLine(job, shell, line, io);
    if (death !== undefined) return { signal: death };
    if (job.killedBy !== undefined) shell.interrupted();
    return exits && job.killedBy === undefined ? status : undefined;
  } finally {
    job.end();
  }
}
