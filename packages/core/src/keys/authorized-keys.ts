/** sshd(8), AUTHORIZED_KEYS FILE FORMAT. */
import { readKeyOptions, type KeyOptions } from './authorized-key-options.js';
import { publicKeyTypeOf } from './public-key-types.js';
import { readKeyLine, type PublicKey } from './public-key.js';

/** A line from which no key was taken. */
export interface SkippedLine {
  /** Starts at 1. */
  readonly line: number;
  readonly reason: string;
}

/** A key that may log in; without `options`, there are no restrictions. */
export interface AuthorizedKey extends PublicKey {
  readonly options?: KeyOptions;
}

export interface AuthorizedKeys {
  readonly keys: readonly AuthorizedKey[];
  readonly skipped: readonly SkippedLine[];
}

/** Splits the options off a line: commas separate them, quoted values may contain commas and blanks. Undefined for an unclosed quote. */
export function splitOptions(line: string): { readonly options: readonly string[]; readonly rest: string } | undefined {
  const options: string[] = [];
  let quoted = false;
  let start = 0;
  let end = 0;
  const take = (): void => {
    options.push(line.slice(start, end));
    start = end + 1;
  };
  for (; end < line.length; end += 1) {
    const character = line[end];
    if (character === '\\' && line[end + 1] === '"') end += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === ',') take();
    else if (!quoted && (character === ' ' || character === '\t')) break;
  }
  take();
  return quoted ? undefined : { options, rest: line.slice(end).trim() };
}

function firstWord(line: string): string {
  return /^\S*/.exec(line)?.[0] ?? '';
}

function readLine(line: string): { readonly key: AuthorizedKey } | { readonly reason: string } {
  if (publicKeyTypeOf(firstWord(line)) !== undefined) return readKeyLine(line);
  const split = splitOptions(line);
  if (split === undefined) return { reason: 'a quote is not closed' };
  // A line that starts with neither an option nor a known key type has a key of an unknown type.
  if (publicKeyTypeOf(firstWord(split.rest)) === undefined) return readKeyLine(line);
  // Security: a key is never accepted without the restrictions that its owner wrote before it.
  const options = readKeyOptions(split.options);
  if ('reason' in options) return options;
  const result = readKeyLine(split.rest);
  return 'key' in result ? { key: { ...result.key, options } } : result;
}

/**
 * Reads the text of an authorized_keys file. Never throws: a line that cannot be used as it stands, for example because
 * of an unknown option, is listed in `skipped`, and its key is not in `keys`.
 */
export function parseAuthorizedKeys(text: string): AuthorizedKeys {
  const keys: AuthorizedKey[] = [];
  const skipped: SkippedLine[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const result = readLine(line);
    if ('key' in result) keys.push(result.key);
    else skipped.push({ line: index + 1, reason: result.reason });
  }
  return { keys, skipped };
}
