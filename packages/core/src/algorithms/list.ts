/** ssh_config(5): lists of algorithms, with `+`, `-`, `^` and wildcards, by the rules of OpenSSH's `kex_assemble_names`, but stricter. */
import { ConfigurationError } from '../errors.js';
import { matchesPattern, matchesPatternList } from '../wire/wildcard.js';

/** What a list is evaluated against. */
export interface ListContext {
  /** What the list is for, as named in errors: `ciphers`. */
  readonly what: string;
  /** What is offered without a list; `+`, `-` and `^` modify it. */
  readonly base: readonly string[];
  /** Everything that may be offered; a wildcard expands in this order. */
  readonly available: readonly string[];
  /** Where other names come from, as stated in errors. */
  readonly others: string;
}

const SIGNS = ['+', '-', '^'];
/** A misplaced second sign, or a blank added for readability. */
const MISPLACED = /^[-+^]|\s/;

/**
 * The names that `list` stands for: those it lists, or `base` with them appended (`+`), prepended (`^`) or removed
 * (`-`).
 * Security: OpenSSH ignores unknown names after `-`, and with `-a,-b` or `-a, b` it keeps b. Here these are refused:
 * whoever removes something must not go on offering it.
 * @throws ConfigurationError for anything but a string, for a name or wildcard that matches nothing, and if nothing is
 * named or left.
 */
export function readList(list: string, { what, base, available, others }: ListContext): readonly string[] {
  if (typeof list !== 'string') throw new ConfigurationError(`${what}: give a list such as "-name,name*"`);
  const { sign, words } = splitList(list);
  const choice = `"${available.join(',')}"; ${others}`;
  const misplaced = words.find((word) => MISPLACED.test(word));
  if (misplaced !== undefined) {
    throw new ConfigurationError(
      `${what}: in ${JSON.stringify(list)} there is ${JSON.stringify(misplaced)}; one sign stands before the whole list, and no blanks`,
    );
  }
  // `!` excludes a name from what `-` removes.
  const patterns = sign === '-' ? words.map((word) => word.replace(/^!/, '')) : words;
  const unknown = patterns.find((pattern) => !available.some((name) => matchesPattern(pattern, name)));
  if (unknown !== undefined) {
    throw new ConfigurationError(`${what}: there is no ${JSON.stringify(unknown)} in ${choice}`);
  }
  const names = assembleNames(sign, words, base, available);
  if (sign === '-' && words.length > 0 && names.length === 0) {
    throw new ConfigurationError(`${what}: the list "${list}" leaves nothing of "${base.join(',')}"`);
  }
  if (names.length === 0 || words.every((word) => word.startsWith('!'))) {
    throw new ConfigurationError(`${what}: the list "${list}" names nothing in ${choice}`);
  }
  return names;
}

/** What a set's list leaves of the available rows: a set may know names of rows that are imported separately. */
export function basicNames(list: string | undefined, available: readonly string[]): readonly string[] {
  if (list === undefined) return available;
  const { sign, words } = splitList(list);
  return assembleNames(sign, words, available, available);
}

function splitList(list: string): { readonly sign: string; readonly words: readonly string[] } {
  const sign = SIGNS.includes(list.charAt(0)) ? list.charAt(0) : '';
  const words = list.slice(sign.length).split(',');
  return { sign, words: words.filter((word) => word !== '') };
}

function assembleNames(
  sign: string,
  words: readonly string[],
  base: readonly string[],
  available: readonly string[],
): readonly string[] {
  if (sign === '-') return base.filter((name) => !matchesPatternList(words, name));
  const named = words.flatMap((word) => available.filter((name) => matchesPattern(word, name)));
  if (sign === '+') return [...new Set([...base, ...named])];
  if (sign === '^') return [...new Set([...named, ...base])];
  return [...new Set(named)];
}
