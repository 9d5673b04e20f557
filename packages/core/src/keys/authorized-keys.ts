/** sshd(8), AUTHORIZED_KEYS FILE FORMAT. */
import { publicKeyTypeOf } from './key-types.js';
import { readKeyLine, shown, type PublicKey } from './public-key.js';

/** A line that gives no key. */
export interface SkippedLine {
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
}

/** A key that may log in, without any restriction. */
export type AuthorizedKey = PublicKey;

export interface AuthorizedKeys {
  readonly keys: readonly AuthorizedKey[];
  readonly skipped: readonly SkippedLine[];
}

type Options = { readonly names: readonly string[]; readonly rest: string };

/** Splits the options off a line: commas part them, and a quoted value may have commas and blanks. Undefined where a quote is not closed. */
function splitOptions(line: string): Options | undefined {
  const names: string[] = [];
  let quoted = false;
  let start = 0;
  let end = 0;
  const take = (): void => {
    names.push(line.slice(start, end).split('=', 1)[0]!);
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
  return quoted ? undefined : { names, rest: line.slice(end).trim() };
}

function firstWord(line: string): string {
  return /^\S*/.exec(line)?.[0] ?? '';
}

function readLine(line: string): ReturnType<typeof readKeyLine> {
  if (publicKeyTypeOf(firstWord(line)) !== undefined) return readKeyLine(line);
  const options = splitOptions(line);
  if (options === undefined) return { reason: 'a quote is not closed' };
  if (publicKeyTypeOf(firstWord(options.rest)) !== undefined) {
    // Security: a key is never taken without the restriction that its owner wrote before it.
    return { reason: `options are not supported: ${options.names.map(shown).join(', ')}` };
  }
  return readKeyLine(line);
}

/**
 * Reads the text of an authorized_keys file. It never throws: a line that cannot be used as it stands, also one with
 * options, is in `skipped` and its key is not in `keys`.
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
