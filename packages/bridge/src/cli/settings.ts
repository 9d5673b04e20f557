/** Values of flags that were not given: from SSH_BRIDGE_<FLAG>, then the config file (XDG Base Directory Specification). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import { systemCode, usageError } from '../bridge-error.js';
import { homeFolder } from './account.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Keys are flags without their dashes; an object under the name of a verb holds flags of that verb only. */
export type Settings = Readonly<Record<string, unknown>>;

const PREFIX = 'SSH_BRIDGE_';

/** `--log-format` is also SSH_BRIDGE_LOG_FORMAT. */
function variableOf(option: Option): string {
  return PREFIX + flagName(option).toUpperCase().replaceAll('-', '_');
}

/**
 * @param words the command line, for `--config-file`
 * @throws BridgeError with exit code 64
 */
export function readSettings(words: readonly string[], environment: Environment): Settings {
  const named = namedFile(words) ?? environment[`${PREFIX}CONFIG_FILE`];
  const folder = environment['XDG_CONFIG_HOME'] || join(homeFolder(), '.config');
  const file = named || join(folder, 'ssh-bridge', 'config.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!named && systemCode(error) === 'ENOENT') return {};
    throw usageError(`the config file ${file} cannot be read`, 'check its name and who may read it', error);
  }
  try {
    const settings: unknown = JSON.parse(text);
    if (isRecord(settings)) return settings;
  } catch (error) {
    throw usageError(
      `the config file ${file} is not JSON`,
      `check it with: node -p "JSON.parse(fs.readFileSync('${file}'))"`,
      error,
    );
  }
  throw usageError(`the config file ${file} is not a JSON object`, 'write {"serve": {"listen": "8022"}}');
}

/**
 * Fills in what the command line leaves open, from the environment, then from the file.
 *
 * @throws BridgeError with exit code 64 when the file names a flag that does not exist, or a value is wrong
 */
export function applySettings(program: Command, command: Command, settings: Settings, environment: Environment): void {
  const values = settingsOf(program, command, settings);
  // An empty variable counts as unset.
  const variable = (option: Option): string | undefined => environment[variableOf(option)] || undefined;
  // SSH_BRIDGE_TOKEN is read by the code that needs the token, so that it never becomes a value of a flag.
  const isToken = (option: Option): boolean => option.long === '--token';
  const isTokenInVariable = command.options.some((option) => isToken(option) && variable(option) !== undefined);
  fillIn(command, 'env', (option) => (isToken(option) ? undefined : variable(option)));
  fillIn(command, 'config', (option) =>
    isTokenInVariable && isOfToken(option) ? undefined : values.get(flagName(option)),
  );
}

/** Gives `command` the values of one source; those of an earlier source stay. */
function fillIn(command: Command, source: 'env' | 'config', valueOf: (option: Option) => unknown): void {
  const isSaid = (option: Option): boolean => {
    const before = command.getOptionValueSource(option.attributeName());
    return before === 'cli' || before === 'env';
  };
  const isTokenSaid = command.options.some((option) => isOfToken(option) && isSaid(option));
  const open = command.options.filter((option) => !isSaid(option) && !(isTokenSaid && isOfToken(option)));
  for (const option of open) {
    const value = valueOf(option);
    if (value === undefined) continue;
    command.setOptionValueWithSource(option.attributeName(), parseValue(option, value, source), source);
  }
}

/** These flags exclude each other: a source that gives one of them has settled them all. */
function isOfToken({ long }: Option): boolean {
  return long === '--token' || long === '--token-file' || long === '--no-token';
}

/** What the file says about the flags of one verb: in its own object, or for all verbs. */
function settingsOf(program: Command, command: Command, settings: Settings): ReadonlyMap<string, unknown> {
  const verbs = program.commands.map((each) => each.name());
  const known = new Set(program.commands.flatMap((each) => each.options.map(flagName)));
  const general = Object.entries(settings).filter(([name]) => !verbs.includes(name));
  const own = settings[command.name()];
  const special = isRecord(own) ? Object.entries(own) : [];
  const unknown =
    general.find(([name]) => !known.has(name)) ??
    special.find(([name]) => command.options.every((option) => flagName(option) !== name));
  if (unknown) {
    throw usageError(`the config file has an unknown flag "${unknown[0]}"`, 'write it as in --help, without dashes');
  }
  return new Map([...general, ...special]);
}

function parseValue(option: Option, value: unknown, source: 'env' | 'config'): unknown {
  const where = source === 'env' ? variableOf(option) : `"${flagName(option)}" in the config file`;
  if (!option.required && !option.optional) {
    const isOn = value === true || value === 'true' || value === '1';
    if (!isOn && value !== false && value !== 'false' && value !== '0')
      throw usageError(`${where} is neither true nor false`, 'write true or false');
    return option.negate ? !isOn : isOn;
  }
  const parts = Array.isArray(value) ? value : [value];
  let parsed: unknown = option.defaultValue;
  for (const part of parts) {
    if (typeof part !== 'string' && typeof part !== 'number') {
      throw usageError(`${where} has a wrong value`, 'write a string, a number, or a list of them');
    }
    parsed = parsePart(option, String(part), parsed, where);
  }
  return parsed;
}

function parsePart(option: Option, part: string, before: unknown, where: string): unknown {
  try {
    return option.parseArg ? option.parseArg(part, before) : part;
  } catch (error) {
    // Commander's message about a wrong value is fit for people.
    throw usageError(`${where} has a wrong value`, error instanceof Error ? error.message : 'look at --help', error);
  }
}

function namedFile(words: readonly string[]): string | undefined {
  const index = words.findIndex((word) => word === '--config-file' || word.startsWith('--config-file='));
  const word = words[index];
  return word?.includes('=') === true ? word.slice(word.indexOf('=') + 1) : index < 0 ? undefined : words[index + 1];
}

function flagName(option: Option): string {
  return (option.long ?? '').slice(2);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
