/**
 * Whether a script may read stdin. just-bash wants all of stdin before it starts, but `ssh host ls` typed at a terminal has
 * a stdin that never ends. So it is waited for only if a command, as written, reads it.
 */
import { ownCommands } from '../commands/index.js';
import {
  innerStatements,
  literalText,
  type Command,
  type Script,
  type SimpleCommand,
  type Statement,
} from './syntax.js';

interface Filter {
  /** How many operands are not files, such as grep's pattern. */
  readonly operands: number;
  /** Single-letter options that take the next word as their value. */
  readonly valued: string;
  /** Options that replace such an operand. */
  readonly instead: string;
  /** Options with which stdin is not read. */
  readonly without: string;
}

const filter = (valued = '', operands = 0, instead = '', without = ''): Filter => ({
  operands,
  valued,
  instead,
  without,
});
const grep = filter('efmABC', 1, 'ef', 'rR');

/** Commands that read stdin if they are given no file, or the file `-`. */
const FILTERS: Readonly<Record<string, Filter>> = {
  cat: filter(),
  head: filter('nc'),
  tail: filter('nc'),
  wc: filter(),
  sort: filter('ktoS'),
  uniq: filter('fsw'),
  cut: filter('dfcb'),
  paste: filter('d'),
  column: filter('stc'),
  fold: filter('w'),
  nl: filter('bnsvw'),
  od: filter('AtNj'),
  rev: filter(),
  tac: filter('s'),
  expand: filter('t'),
  unexpand: filter('t'),
  strings: filter('n'),
  split: filter('lbna'),
  base64: filter('w'),
  md5sum: filter(),
  sha1sum: filter(),
  sha256sum: filter(),
  gzip: filter(),
  gunzip: filter(),
  zcat: filter(),
  grep,
  egrep: grep,
  fgrep: grep,
  sed: filter('ef', 1, 'ef'),
  awk: filter('Fvf', 1, 'f'),
  jq: filter('', 1, '', 'n'),
  yq: filter('pof', 1, '', 'n'),
  bash: filter('', 0, '', 'c'),
  sh: filter('', 0, '', 'c'),
};

/** Commands that read stdin whatever their arguments are. */
const ALWAYS: ReadonlySet<string> = new Set(['tr', 'tee', 'xargs', 'read', 'mapfile', 'readarray']);
const STDIN_FILES: ReadonlySet<string> = new Set(['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0']);

export function readsStandardInput(script: Script): boolean {
  return statementsRead(script.statements);
}

function statementsRead(statements: readonly Statement[]): boolean {
  return statements.some(({ pipelines }) =>
    // Only a pipeline's first command has the script's stdin.
    pipelines.some(({ commands: [first] }) => first !== undefined && commandReads(first)),
  );
}

function commandReads(command: Command): boolean {
  if (command.type === 'FunctionDef') return statementsRead(innerStatements(command.body).flat());
  const inputs = command.redirections.filter(({ operator, fd }) => operator.startsWith('<') && (fd ?? 0) === 0);
  const isStdin = inputs.some(({ target }) => target.type === 'Word' && STDIN_FILES.has(literalText(target) ?? ''));
  if (inputs.length > 0) return isStdin;
  if (command.type === 'SimpleCommand') return simpleCommandReads(command);
  return statementsRead(innerStatements(command).flat());
}

function simpleCommandReads({ name, args }: SimpleCommand): boolean {
  const command = literalText(name);
  if (command === undefined) return false;
  if (ALWAYS.has(command) || (Object.hasOwn(ownCommands, command) && ownCommands[command]?.readsInput === true)) {
    return true;
  }
  const row = Object.hasOwn(FILTERS, command) ? FILTERS[command] : undefined;
  return row !== undefined && filterReads(row, args.map(literalText));
}

/** `words` are the arguments; undefined for one that is known only at run time, which is assumed to be a file. */
function filterReads(row: Filter, words: readonly (string | undefined)[]): boolean {
  let expected = row.operands;
  let operands = 0;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? 'file';
    if (word === '-' || STDIN_FILES.has(word)) return true;
    const option = /^-([^-])(.*)/s.exec(word);
    if (option === null) {
      if (!word.startsWith('--')) operands += 1;
      continue;
    }
    const [, letter = '', rest] = option;
    if (row.without.includes(letter)) return false;
    if (row.instead.includes(letter)) expected = 0;
    if (row.valued.includes(letter) && rest === '') index += 1;
  }
  return operands <= expected;
}
