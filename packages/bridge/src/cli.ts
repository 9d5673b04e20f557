/** The command `ssh-bridge`: words in, an exit code out. */
import { CommanderError } from 'commander';
import { BridgeError } from './bridge-error.js';
import { runProgram } from './cli/program.js';
import { EXIT } from './exit-codes.js';
import { createLog, type LogFormat } from './log.js';

process.exit(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<number> {
  try {
    await runProgram(words, process.env);
    return EXIT.clean;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.clean : EXIT.usage;
    if (!(error instanceof BridgeError)) throw error;
    createLog(logFormat(words), process.stderr)('error', 'failed', error.message, {
      step: error.step,
      exitCode: error.exitCode,
    });
    return error.exitCode;
  }
}

/** The flag as far as it can be told before, or although, parsing has failed. */
function logFormat(words: readonly string[]): LogFormat {
  const isJson = words.some(
    (word, index) => word === '--log-format=json' || (word === 'json' && words[index - 1] === '--log-format'),
  );
  return isJson || process.env['SSH_BRIDGE_LOG_FORMAT'] === 'json' ? 'json' : 'text';
}
