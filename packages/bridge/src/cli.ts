/** The command `ssh-bridge`: words in, an exit code out. */
import { CommanderError } from 'commander';
import { BridgeError } from './bridge-error.js';
import { logFormatOf } from './cli/log-format.js';
import { runProgram } from './cli/program.js';
import { EXIT } from './exit-codes.js';
import { createLog } from './log.js';

// Whoever reads our messages may leave; connections go on. Without a listener the next message would end the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exit(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<number> {
  try {
    await runProgram(words, process.env);
    return EXIT.clean;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.clean : EXIT.usage;
    if (!(error instanceof BridgeError)) throw error;
    createLog(logFormatOf(words, process.env), process.stderr)('error', 'failed', error.message, {
      step: error.step,
      exitCode: error.exitCode,
    });
    return error.exitCode;
  }
}
