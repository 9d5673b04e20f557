/** What a shell keeps from line to line; just-bash itself forgets everything after each script. */
import { innerStatements, type FunctionDefinition, type Script, type Statement } from './syntax.js';
import { STREAM_PATHS } from './streams.js';

export interface ShellState {
  readonly cwd: string;
  /** Variables that hold one value, including aliases (`BASH_ALIAS_…`). */
  readonly env: Readonly<Record<string, string>>;
  /** `$?` */
  readonly status: number;
  /** Statements that restore what `env` cannot hold: arrays, attributes, options. */
  readonly declarations: string;
  /** The defining statements, by name. */
  readonly functions: ReadonlyMap<string, Statement>;
}

/** Runs after each script; begins with `$?`, while that is still the script's. */
export const EPILOGUE = ['echo "status $?"', 'declare -p', 'declare -F']
  .map((command) => `${command} >> ${STREAM_PATHS.state} 2>> ${STREAM_PATHS.pause}`)
  .join('\n');

/** How many functions and variables are kept in all. */
const MAXIMUM_KEPT = 1000;
/** Variables that just-bash sets itself and does not accept. */
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

/** A script to run before the next line's. With `set -e`, a next line never sees a status other than 0. */
export function preludeOf({ declarations, status }: ShellState): string {
  return declarations.includes('errexit') ? declarations : `${declarations}\n(exit ${status})`;
}

/** `left`: what the epilogue wrote; `env`: what just-bash returned; `script`: what was run. */
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

/** From the output of `declare -p`: arrays, and integer or case attributes. just-bash keeps export and read-only ones itself. */
function declarations(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (const line of lines) {
    const [, flags = '', name = '', value = ''] = /^declare -([a-zA-Z-]+) ([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    if (name === '' || OWN_VARIABLES.has(name) || flags.includes('r')) continue;
    // just-bash's `declare` splits array elements at blanks; an assignment does not.
    if (flags.includes('A')) kept.push(`declare -A ${name}; ${name}=${value}`);
    else if (flags.includes('a')) kept.push(`${name}=${value}`);
    else if (/[ilu]/.test(flags)) kept.push(line);
  }
  return kept.slice(-MAXIMUM_KEPT);
}

/** Options come last, because `set -x` would show what follows, and `set -u` or `set -e` could end it. */
function options({ SHELLOPTS = '', BASHOPTS = '' }: Readonly<Record<string, string>>): string[] {
  const chosen = (names: string): string[] =>
    names.split(':').filter((name) => name !== '' && !DEFAULT_OPTIONS.has(name));
  return [...chosen(BASHOPTS).map((name) => `shopt -s ${name}`), ...chosen(SHELLOPTS).map((name) => `set -o ${name}`)];
}

/** The functions that a script defines, at any depth. */
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
