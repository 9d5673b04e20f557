/** The whole command line: the verbs, a variable for each flag, the config file, and errors of one line. */
import { Command } from 'commander';
import { usageError } from '../bridge-error.js';
import { EXIT } from '../exit-codes.js';
import { createLog } from '../log.js';
import { packageVersion } from '../version.js';
import { configVerb } from '../verbs/config.js';
import { demoVerb } from '../verbs/demo.js';
import { doctorVerb } from '../verbs/doctor.js';
import { keygenVerb } from '../verbs/keygen.js';
import { listenVerb } from '../verbs/listen.js';
import { proxyVerb } from '../verbs/proxy.js';
import { relayVerb } from '../verbs/relay.js';
import { serveVerb } from '../verbs/serve.js';
import { logFormatOf } from './log-format.js';
import { commandLine } from './own-command.js';
import { applySettings, readSettings, type Environment } from './settings.js';
import type { CommonFlags, Verb } from './verb.js';

const VERBS: readonly Verb[] = [
  proxyVerb,
  listenVerb,
  serveVerb,
  relayVerb,
  configVerb,
  keygenVerb,
  doctorVerb,
  demoVerb,
];

const AFTER_HELP = `
Every flag is also a variable, SSH_BRIDGE_<FLAG>, and a key of the config file; the command line wins, then the variable.

Exit codes: 0 clean, 64 usage, 65 handshake refused, 69 target unavailable or link broken, 75 timeout, 77 not allowed,
129, 130 and 143 ended by SIGHUP, SIGINT and SIGTERM.`;

/** @throws BridgeError, CommanderError */
export async function runProgram(words: readonly string[], environment: Environment): Promise<void> {
  const { verb, command } = await parse(words, environment);
  const flags = command.opts<CommonFlags>();
  const log = createLog(flags.logFormat, process.stderr, { verbose: flags.verbose === true });
  await verb.run(command, log, async () => (await parse(words, environment)).command);
}

/** Flags of the command itself. */
const OWN_FLAGS: readonly string[] = ['-h', '--help', '-V', '--version'];

const USAGE = { step: 'usage', exitCode: EXIT.usage } as const;

interface Parsed {
  readonly verb: Verb;
  /** With its words, and its flags from the command line, the variables and the config file. */
  readonly command: Command;
}

async function parse(words: readonly string[], environment: Environment): Promise<Parsed> {
  const program: Command = new Command('ssh-bridge')
    .description('Carries ssh over WebSocket. It copies ciphertext and cannot read it.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ outputError: (text) => tellUsage(`${oneLine(text)}; next: ${helpCommand(program, words)}`) })
    .addHelpText('after', AFTER_HELP);
  const tellUsage = (message: string): void =>
    createLog(logFormatOf(words, environment), process.stderr)('error', 'failed', message, USAGE);
  let parsed: Parsed | undefined;
  for (const verb of VERBS) {
    const command = verb.define(program).action(() => {
      parsed = { verb, command };
    });
    for (const option of command.options) {
      if (Array.isArray(option.defaultValue)) option.default(option.defaultValue, 'none');
    }
  }
  assertVerbFirst(program, words);
  await program.parseAsync(forCommander(program, words), { from: 'user' });
  // Without a verb, commander has shown the help and thrown.
  if (parsed === undefined) throw new TypeError('no verb has run');
  applySettings(program, parsed.command, readSettings(words, environment), environment);
  return parsed;
}

/** What commander gets: the default verb is written out, and an unknown one stands alone, so that it is named and no help hides it. */
function forCommander(program: Command, words: readonly string[]): string[] {
  const name = words[0] === 'help' ? words[1] : words[0];
  if (name === 'help') return ['help'];
  const isUnknown = name !== undefined && verbNamed(program, name) === undefined;
  if (isUnknown && /^[a-z][\w-]*$/i.test(name)) return [name];
  return withDefaultVerb(program, words);
}

/** `ssh-bridge wss://…` means `ssh-bridge proxy wss://…`, also if flags come before the URL. */
function withDefaultVerb(program: Command, words: readonly string[]): string[] {
  const url = words.findIndex((word) => /^[a-z][a-z0-9+.-]*:\/\//i.test(word));
  const isFirst = url === 0 || words[0]?.startsWith('-') === true;
  const hasVerb = words.slice(0, url).some((word) => verbNamed(program, word) !== undefined);
  return url >= 0 && isFirst && !hasVerb ? ['proxy', ...words] : [...words];
}

/**
 * Flags belong to verbs, and the value of one can be the name of another verb: so a flag that comes first is refused, not guessed at.
 *
 * @throws BridgeError with exit code 64
 */
function assertVerbFirst(program: Command, words: readonly string[]): void {
  // Security: without its value, which may be a secret.
  const [flag = ''] = (withDefaultVerb(program, words)[0] ?? '').split('=', 1);
  if (!/^--?\w/.test(flag) || OWN_FLAGS.includes(flag)) return;
  const verb = words.find((word) =>
    verbNamed(program, word)?.options.some(({ short, long }) => short === flag || long === flag),
  );
  if (verb === undefined)
    throw usageError(`${flag} is no verb`, `write a verb first, then its flags; next: ${helpLine()}`);
  throw usageError(`${flag} comes before the verb`, `write ${verb} first, then its flags; next: ${helpLine(verb)}`);
}

function verbNamed({ commands }: Command, word: string): Command | undefined {
  return commands.find((command) => command.name() === word);
}

/** The command that shows how the verb among these words is used, or which verbs there are. */
function helpCommand(program: Command, words: readonly string[]): string {
  const verb = withDefaultVerb(program, words).find((word) => !word.startsWith('-')) ?? '';
  return helpLine(verbNamed(program, verb)?.name());
}

function helpLine(verb?: string): string {
  return commandLine(...(verb === undefined ? [] : [verb]), '--help');
}

function oneLine(text: string): string {
  return (
    text
      .replace(/^error: /, '')
      // Security: `--tokn=SECRET` is named without its value.
      .replace(/^(unknown option '-[^=']*)=.*'/s, "$1'")
      .trim()
      .replace(/\.$/, '')
      .replaceAll('\n', ' ')
  );
}
