/** What each key does at a prompt: GNU Readline's emacs bindings, one row per key. */
import type { EditCommandName } from './edit-commands.js';
import { isCharacter, isOn, type ModesInForce } from './modes.js';
import type { InputEvent } from './input-decoder.js';
import type { TerminalModeName } from '../wire/terminal-modes.js';

/** The commands that the editor handles itself, and those that only change the line. */
export type Command =
  | EditCommandName
  | 'accept'
  | 'interrupt'
  | 'delete-right-or-end'
  | 'complete'
  | 'quote'
  | 'redraw'
  | 'search-backward'
  | 'give-up';

const bindings: Readonly<Record<string, Command>> = {
  'ctrl-a': 'go-to-start',
  'ctrl-b': 'go-left',
  'ctrl-d': 'delete-right-or-end',
  'ctrl-e': 'go-to-end',
  'ctrl-f': 'go-right',
  'ctrl-g': 'give-up',
  'ctrl-h': 'delete-left',
  'ctrl-i': 'complete',
  'ctrl-j': 'accept',
  'ctrl-k': 'kill-to-end',
  'ctrl-l': 'redraw',
  'ctrl-m': 'accept',
  'ctrl-n': 'history-forward',
  'ctrl-p': 'history-back',
  'ctrl-r': 'search-backward',
  'ctrl-t': 'transpose',
  'ctrl-u': 'kill-to-start',
  'ctrl-v': 'quote',
  'ctrl-w': 'kill-to-space',
  'ctrl-y': 'yank',
  'ctrl-?': 'delete-left',
  'alt-b': 'go-word-left',
  'alt-d': 'kill-word-forward',
  'alt-f': 'go-word-right',
  'alt-backspace': 'kill-word-backward',
  'alt-<': 'history-first',
  'alt->': 'history-last',
  up: 'history-back',
  down: 'history-forward',
  left: 'go-left',
  right: 'go-right',
  home: 'go-to-start',
  end: 'go-to-end',
  delete: 'delete-right',
  'ctrl-left': 'go-word-left',
  'ctrl-right': 'go-word-right',
  'alt-left': 'go-word-left',
  'alt-right': 'go-word-right',
  'ctrl-delete': 'kill-word-forward',
  'alt-delete': 'kill-word-forward',
};

/** The pty's special characters take precedence over the bindings, as in Readline; a mode next to one must be on. */
const specialCharacters: readonly (readonly [TerminalModeName, Command, TerminalModeName?])[] = [
  ['VINTR', 'interrupt', 'ISIG'],
  ['VEOF', 'delete-right-or-end'],
  ['VERASE', 'delete-left'],
  ['VKILL', 'kill-to-start'],
  ['VWERASE', 'kill-to-space', 'IEXTEN'],
  ['VLNEXT', 'quote', 'IEXTEN'],
];

/** The command bound to a key, if any. */
export function commandFor(event: InputEvent, modes: ModesInForce): Command | undefined {
  if (event.kind === 'key') return binding(event.name);
  if (event.kind !== 'control') return undefined;
  for (const [name, command, mode] of specialCharacters)
    if (isCharacter(modes, name, event.code) && (mode === undefined || isOn(modes, mode))) return command;
  return binding(`ctrl-${String.fromCharCode(event.code ^ 0x40).toLowerCase()}`);
}

function binding(name: string): Command | undefined {
  return Object.hasOwn(bindings, name) ? bindings[name] : undefined;
}
