/** The command `ssh-bridge`: verbs and flags in, exit codes out. */
import { Command, CommanderError, Option } from 'commander';
import { BridgeError } from './bridge-error.js';
import { runListen, runProxy, runRelay } from './commands.js';
import { EXIT } from './exit-codes.js';
import { createLog, LOG_FORMATS, type LogFormat } from './log.js';
import { packageVersion } from './version.js';

process.exit(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(withDefaultVerb(words), { from: 'user' });
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

/** `ssh-bridge wss://…` means `ssh-bridge proxy wss://…`. */
function withDefaultVerb(words: readonly string[]): string[] {
  return /^wss?:\/\//i.test(words[0] ?? '') ? ['proxy', ...words] : [...words];
}

/** The flag as far as it can be told before, or although, parsing has failed. */
function logFormat(words: readonly string[]): LogFormat {
  return words.some(
    (word, index) => word === '--log-format=json' || (word === 'json' && words[index - 1] === '--log-format'),
  )
    ? 'json'
    : 'text';
}

function createProgram(): Command {
  const program = new Command('ssh-bridge')
    .description('Carries ssh over WebSocket. It copies ciphertext and cannot read it.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(
          `ssh-bridge: ${text
            .replace(/^error: /, '')
            .trim()
            .replaceAll('\n', ' ')}\n`,
        ),
    });
  dialFlags(program.command('proxy').argument('<url>', 'ws:// or wss:// URL; its path names the target'))
    .description('connect standard input and output to a URL, for ProxyCommand; the default when given a URL')
    .action(runProxy);
  dialFlags(program.command('listen').argument('<address>', '[HOST:]PORT').argument('<url>', 'ws:// or wss:// URL'))
    .description('listen on a TCP port, on loopback by default, and connect each connection to a URL')
    .action(runListen);
  relayFlags(program.command('relay')).description('let a browser tab serve ssh clients').action(runRelay);
  return program;
}

function dialFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--token <token>', 'bearer token; others can see it in the list of processes').conflicts('tokenFile'),
    )
    .option('--token-file <file>', 'file with the bearer token; SSH_BRIDGE_TOKEN is the third way')
    .addOption(logFormatOption());
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function relayFlags(command: Command): Command {
  return command
    .requiredOption('--http <address>', '[HOST:]PORT where tabs come to')
    .requiredOption('--ssh <address>', '[HOST:]PORT where ssh clients come to')
    .option('--page-dir <directory>', 'serve the built page from here')
    .option('--page-url <url>', 'what ssh clients are told to open; default: the page of this relay')
    .option('--allow-origin <origin>', 'let in pages of this origin too (repeatable)', collect, [])
    .option('--allow-host <host>', 'answer to this Host too, with its port if it has one (repeatable)', collect, [])
    .option('--config <key=value>', 'tell this to the page (repeatable)', collect, [])
    .addOption(logFormatOption());
}

function logFormatOption(): Option {
  return new Option('--log-format <format>', 'of what goes to standard error').choices(LOG_FORMATS).default('text');
}
