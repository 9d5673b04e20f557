/** A shell without a terminal: it runs what it reads, line by line, and prints nothing itself. */
import type { LineResult, Shell } from '../bash/shell.js';
import type { CommandResult } from '../commands/command.js';
import { Job } from '../job.js';
import type { SessionIo } from '../session-io.js';
import { runLine } from './run-line.js';
import { concatenate } from './standard-input.js';

const LINE_FEED = 0x0a;
/** In bytes, for a command with all its lines. */
const MAXIMUM_COMMAND = 2 ** 20;

export async function runLines(io: SessionIo, shell: Shell): Promise<CommandResult> {
  const decoder = new TextDecoder();
  for (let text = ''; ;) {
    const line = await readLine(io);
    if (line !== undefined) text += decoder.decode(line);
    if (line !== undefined && shell.isUnfinished(text) && text.length <= MAXIMUM_COMMAND) continue;
    if (text.trim() !== '') {
      const result = await runText(io, shell, text);
      if (typeof result === 'number' || 'signal' in result) return result;
    }
    if (line === undefined) return shell.status;
    text = '';
  }
}

/** As in bash, a command that reads stdin reads what comes after it. @returns how the session ends, or the line's result. */
async function runText(io: SessionIo, shell: Shell, text: string): Promise<CommandResult | LineResult> {
  const job = new Job(io);
  try {
    const result = await runLine(job, shell, text, io);
    const signal = result.death ?? job.killedBy;
    if (signal !== undefined) return { signal };
    return result.exits ? result.status : result;
  } finally {
    job.end();
  }
}

/** The next line with its line ending; at the end of input what is left, or undefined. */
async function readLine(io: SessionIo): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await io.read(); chunk !== undefined; chunk = await io.read()) {
    const end = chunk.indexOf(LINE_FEED) + 1;
    chunks.push(end > 0 ? chunk.subarray(0, end) : chunk);
    length += chunk.length;
    if (end > 0) io.unread(chunk.subarray(end));
    if (end > 0 || length > MAXIMUM_COMMAND) break;
  }
  return chunks.length === 0 ? undefined : concatenate(chunks);
}
