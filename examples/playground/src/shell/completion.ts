/** What TAB offers: commands where a command stands, else variables and files. */
import type { Completion, CompletionRequest } from '@nacre/core/terminal';
import type { Shell } from '../bash/shell.js';

/** What a shell takes for itself where it stands bare. */
const SPECIAL = /[\s"'\\$&|;<>()*?[\]{}!#`~]/g;
/** The word before the cursor: what ends it may be quoted by a backslash. */
const WORD = /(?:\\.|[^\s"'\\|&;<>()=])*$/s;
/** A command stands at the start, or behind what separates commands, with assignments before it perhaps. */
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
  const candidates = isCommand ? await commands(word, shell) : await files(word, shell);
  return { start, candidates: candidates.toSorted() };
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

async function files(word: string, shell: Shell): Promise<string[]> {
  const typed = word.replaceAll(/\\(.)/gs, '$1');
  const slash = typed.lastIndexOf('/') + 1;
  const folder = typed.slice(0, slash);
  const prefix = typed.slice(slash);
  const home = shell.home;
  const path = folder.startsWith('~/') ? home + folder.slice(1) : shell.fs.resolvePath(shell.cwd, folder || '.');
  const names = await shell.fs.readdir(path).catch(() => []);
  const matching = names.filter((name) => name.startsWith(prefix) && (prefix !== '' || !name.startsWith('.')));
  return Promise.all(
    matching.map(async (name) => {
      const isDirectory = await shell.fs.stat(`${path}/${name}`).then(
        (status) => status.isDirectory,
        () => false,
      );
      const tilde = folder.startsWith('~/') ? `~/${quote(folder.slice(2))}` : quote(folder);
      return `${tilde}${quote(name)}${isDirectory ? '/' : ' '}`;
    }),
  );
}

function quote(text: string): string {
  return text.replaceAll(SPECIAL, String.raw`\$&`);
}
