/** What a shell keeps from line to line: just-bash forgets it all after each script. */
import { innerStatements, type FunctionDefinition, type Script, type Statement } from './syntax.js';
import { STREAM_PATHS } from './streams.js';

export interface ShellState {
  readonly cwd: string;
  /** Variables that hold one value, aliases (`BASH_ALIAS_…`) among them. */
  readonly env: Readonly<Record<string, string>>;
  /** `$?` */
  readonly status: number;
  /** Statements that bring back what `env` cannot hold: arrays, attributes, options. */
  readonly declarations: string;
  /** By name, each the statement that defines it. */
  readonly functions: ReadonlyMap<string, Statement>;
}

/** Comes after each script; `$?` is kept for it to be the script's. */
export const EPILOGUE = ['echo "status $?"', 'declare -p', 'declare -F']
  .map((command) => `${command} >> ${STREAM_PATHS.state} 2>> ${STREAM_PATHS.pause}`)
  .join('\n');

/** Functions and variables that are kept, all together. */
const MAXIMUM_KEPT = 1000;
/** just-bash's own, which it sets itself and takes from nobody. */
const OWN_VARIABLES: ReadonlySet<string> = new Set(['?', 'SHELLOPTS', 'BASHOPTS', 'PIPESTATUS', '_']);
const DEFAULT_OPTIONS: ReadonlySet<string> = new Set([
  'braceexpand',
  'hashall',
  'interactive-comments',
  'globskipdots',
]);

export function initialState(env: Readonly<Record<string, string>>, cwd: string): ShellState {
  return { cwd, env: withoutOwn(env), status: 0, declarations: 'shopt -s expand_aliases', functions: new Map() };
}

/** A script to be run before the next line's. With `set -e`, no status but 0 is ever seen by a next line. */
export function preludeOf({ declarations, status }: ShellState): string {
  return declarations.includes('errexit') ? declarations : `${declarations}\n(exit ${status})`;
}

/** `left`: what the epilogue wrote; `env`: what just-bash says; `script`: what was run. */
export function nextState(
  before: ShellState,
  { left, env, script }: { left: string; env: Readonly<Record<string, string>>; script: Script | undefined },
): ShellState {
  const lines = left.split('\n');
  const status = Number(/^status (\d+)$/.exec(lines[0] ?? '')?.[1] ?? 0);
  const defined = new Set(lines.flatMap((line) => /^declare -f (.+)$/.exec(line)?.[1] ?? []));
  const known = new Map([...before.functions, ...definitions(script?.statements ?? [])]);
  const functions = new Map([...known].filter(([name]) => defined.has(name)).slice(-MAXIMUM_KEPT));
  return {
    cwd: env['PWD'] ?? before.cwd,
    env: withoutOwn(env),
    status,
    declarations: [...declarations(lines), ...options(env)].join('\n'),
    functions,
  };
}

function withoutOwn(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env)
      .filter(([name]) => !OWN_VARIABLES.has(name))
      .slice(0, MAXIMUM_KEPT),
  );
}

/** From the output of `declare -p`: arrays, and what is an integer or of one case. What is exported or read-only just-bash keeps. */
function declarations(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (const line of lines) {
    const [, flags = '', name = '', value = ''] = /^declare -([a-zA-Z-]+) ([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    if (name === '' || OWN_VARIABLES.has(name) || flags.includes('r')) continue;
    // just-bash's `declare` splits the elements of an array at their blanks; an assignment does not.
    if (flags.includes('A')) kept.push(`declare -A ${name}; ${name}=${value}`);
    else if (flags.includes('a')) kept.push(`${name}=${value}`);
    else if (/[ilu]/.test(flags)) kept.push(line);
  }
  return kept.slice(-MAXIMUM_KEPT);
}

/** Options come last, for `set -x` would show, and `set -u` or `set -e` end, what comes after. */
function options({ SHELLOPTS = '', BASHOPTS = '' }: Readonly<Record<string, string>>): string[] {
  const chosen = (names: string): string[] =>
    names.split(':').filter((name) => name !== '' && !DEFAULT_OPTIONS.has(name));
  return [...chosen(BASHOPTS).map((name) => `shopt -s ${name}`), ...chosen(SHELLOPTS).map((name) => `set -o ${name}`)];
}

/** The functions that a script defines, wherever it does. */
function definitions(statements: readonly Statement[]): (readonly [string, Statement])[] {
  return statements
    .flatMap(({ pipelines }) => pipelines)
    .flatMap(({ commands }) => commands)
    .flatMap((command) => {
      if (command.type === 'SimpleCommand') return [];
      if (command.type === 'FunctionDef') return [[command.name, define(command)] as const];
      return definitions(innerStatements(command).flat());
    });
}

function define(definition: FunctionDefinition): Statement {
  const pipeline = { type: 'Pipeline' as const, commands: [definition], negated: false };
  return { type: 'Statement', pipelines: [pipeline], operators: [], background: false };
}
