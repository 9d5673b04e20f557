/** What TAB offers: commands where one is expected, otherwise variables and files. */
import type { Completion, CompletionRequest } from '@nacre/core/terminal';
import type { Shell } from '../bash/shell.js';

/** Characters that are special to a shell unless quoted. */
const SPECIAL = /[\s"'\\$&|;<>()*?[\]{}!#`~]/g;
/** The word before the cursor; a backslash quotes what would end it. */
const WORD = /(?:\\.|[^\s"'\\|&;<>()=])*$/s;
/** A command is expected at the start, or after what separates commands, possibly with assignments before it. */
const BEFORE_COMMAND = /(?:^|[|&;(]|\b(?:do|then|else|if|while|until|!))\s*(?:\w+=\S*\s+)*$/;
const BUILTINS = [
  'cd',
  'exit',
  'export',
  'unset',
  'set',
  'read',
  'source',
  'declare',
  'local',
  'return',
  'eval',
  'test',
];
const KEYWORDS = ['if', 'then', 'else', 'fi', 'for', 'while', 'until', 'do', 'done', 'case', 'esac', 'function'];

export async function complete({ line, cursor }: CompletionRequest, shell: Shell): Promise<Completion> {
  const before = line.slice(0, cursor);
  const word = WORD.exec(before)?.[0] ?? '';
  const start = cursor - word.length;
  const variable = /\$(\w*)$/.exec(word);
  if (variable !== null) return { start: cursor - variable[0].length, candidates: variables(variable[1]!, shell) };
  const isCommand = BEFORE_COMMAND.test(before.slice(0, start)) && !word.includes('/');
  if (isCommand) return { start, candidates: (await commands(word, shell)).toSorted() };
  // Only the part after the last slash is completed, so that a list shows names without their folder.
  const folder = word.slice(0, word.lastIndexOf('/') + 1);
  const candidates = await files(unquote(folder), unquote(word.slice(folder.length)), shell);
  return { start: start + folder.length, candidates: candidates.toSorted() };
}

function variables(prefix: string, shell: Shell): string[] {
  return shell.names.variables
    .filter((name) => /^\w+$/.test(name) && name.startsWith(prefix))
    .map((name) => `$${name}`);
}

async function commands(prefix: string, shell: Shell): Promise<string[]> {
  const programs = await shell.fs.readdir('/usr/bin').catch(() => []);
  const names = new Set([...programs, ...BUILTINS, ...KEYWORDS, ...shell.names.functions]);
  return [...names].filter((name) => name.startsWith(prefix)).map((name) => `${name} `);
}

async function files(folder: string, prefix: string, shell: Shell): Promise<string[]> {
  const path = folder.startsWith('~/')
    ? shell.home + folder.slice(1)
    : shell.fs.resolvePath(shell.cwd, folder === '' ? '.' : folder);
  const names = await shell.fs.readdir(path).catch(() => []);
  const matching = names.filter((name) => name.startsWith(prefix) && (prefix !== '' || !name.startsWith('.')));
  return Promise.all(
    matching.map(async (name) => {
      const isDirectory = await shell.fs.stat(`${path}/${name}`).then(
        (status) => status.isDirectory,
        () => false,
      );
      return `${quote(name)}${isDirectory ? '/' : ' '}`;
    }),
  );
}

function quote(text: string): string {
  return text.replaceAll(SPECIAL, String.raw`\$&`);
}

function unquote(text: string): string {
  return text.replaceAll(/\\(.)/gs, '$1');
}
