/** Flags that several verbs have, and how their values are read. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { usageError } from '../bridge-error.js';
import { LOG_FORMATS } from '../log.js';
import { GRACE } from '../resume/sessions.js';

export function commonFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--log-format <format>', 'format of the messages on standard error')
        .choices(LOG_FORMATS)
        .default('text'),
    )
    .option('-v, --verbose', 'log each step too')
    .option(
      '--config-file <file>',
      'take flags that are not given from this file; default: ssh-bridge/config.json in XDG_CONFIG_HOME',
    );
}

/** A list: the flag is repeated, or its value has several entries separated by commas, as in a variable. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...value.split(/[\s,]+/).filter((part) => part !== '')];
}

/** A list whose entries may contain commas: the flag is repeated, or a variable has one entry per line. */
export function collectLines(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...value.split('\n').filter((part) => part.trim() !== '')];
}

export function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d{1,9}$/.test(text)) return number;
  throw new InvalidArgumentError('It must be a whole number.');
}

/** @throws BridgeError with exit code 64 if PROXY headers are switched on but expected from nobody */
export function assertTrusted(flags: { readonly proxyProtocol?: true; readonly trust: readonly string[] }): void {
  if (flags.proxyProtocol !== true || flags.trust.length > 0) return;
  throw usageError('--proxy-protocol counts only from networks in --trust', 'name the one of the proxy with --trust');
}

export const MS_PER_SECOND = 1_000;
/** The most that a timer counts, in seconds: one set to more is over at once. */
const MAX_SECONDS = Math.floor((2 ** 31 - 1) / MS_PER_SECOND);
/** In seconds. */
export const DEFAULT_DRAIN = 10;

export function wholeSeconds(text: string): number {
  const number = wholeNumber(text);
  if (number <= MAX_SECONDS) return number;
  throw new InvalidArgumentError(`It must be at most ${MAX_SECONDS}.`);
}

export function someSeconds(text: string): number {
  const number = wholeSeconds(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('It must be at least 1.');
}

export function drainFlag(seconds: number): Option {
  return new Option('--drain <seconds>', 'how long connections may take to end after SIGTERM')
    .argParser(wholeSeconds)
    .default(seconds);
}

export function resumeGraceFlag(): Option {
  return new Option('--resume-grace <seconds>', 'how long a connection whose link broke waits for the next one')
    .argParser(wholeSeconds)
    .default(GRACE / MS_PER_SECOND);
}
