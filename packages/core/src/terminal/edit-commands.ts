/** The editing commands of a line editor, after GNU Readline: each changes the line, or returns false if it cannot. */
import type { LineEditorState } from './editor-state.js';
import { insertCharacters, lineBuffer, remove, wordEnd, wordStart } from './line-buffer.js';

const WORD = /^[\p{L}\p{N}_]/u;
const NOT_SPACE = /^\S/u;

/** Most characters that can be yanked; larger kills are not kept. */
const MAXIMUM_KILLED = 8_192;

function moveTo(state: LineEditorState, cursor: number): boolean {
  const { line } = state;
  const moved = cursor !== line.cursor && cursor >= 0 && cursor <= line.characters.length;
  if (moved) line.cursor = cursor;
  return moved;
}

/** Removes `from` to `to`, to be yanked; consecutive kills accumulate, each on its own side. */
function kill(state: LineEditorState, from: number, to: number): boolean {
  if (from === to) return false;
  const backward = from < state.line.cursor;
  const removed = remove(state.line, from, to);
  const before = state.previous === 'kill' ? state.killed : [];
  // Security: a password is not kept for the next prompt.
  if (state.mask !== null) return true;
  const killed = backward ? removed.concat(before) : before.concat(removed);
  if (killed.length <= MAXIMUM_KILLED) state.killed = killed;
  return true;
}

function showHistory(state: LineEditorState, position: number): boolean {
  const { history } = state;
  if (state.mask !== null || position === state.position || position < 0 || position > history.length) return false;
  if (state.position === history.length) state.draft = { ...state.line, changedFrom: 0 };
  state.position = position;
  const entry = history[position];
  state.line = entry === undefined ? { ...state.draft } : lineBuffer(entry);
  return true;
}

function transpose({ line }: LineEditorState): boolean {
  const { characters } = line;
  const second = Math.min(line.cursor, characters.length - 1);
  if (line.cursor === 0 || second < 1) return false;
  const pair = remove(line, second - 1, second + 1);
  return insertCharacters(line, pair.toReversed());
}

/** The commands whose name begins with `kill`. */
const kills = {
  'kill-to-end': (state) => kill(state, state.line.cursor, state.line.characters.length),
  'kill-to-start': (state) => kill(state, 0, state.line.cursor),
  'kill-word-forward': (state) => kill(state, state.line.cursor, wordEnd(state.line, WORD)),
  'kill-word-backward': (state) => kill(state, wordStart(state.line, WORD), state.line.cursor),
  'kill-to-space': (state) => kill(state, wordStart(state.line, NOT_SPACE), state.line.cursor),
} as const satisfies Record<string, EditCommand>;

type EditCommand = (state: LineEditorState) => boolean;

export const editCommands = {
  ...kills,
  'go-left': (state) => moveTo(state, state.line.cursor - 1),
  'go-right': (state) => moveTo(state, state.line.cursor + 1),
  'go-to-start': (state) => moveTo(state, 0) || true,
  'go-to-end': (state) => moveTo(state, state.line.characters.length) || true,
  'go-word-left': (state) => moveTo(state, wordStart(state.line, WORD)),
  'go-word-right': (state) => moveTo(state, wordEnd(state.line, WORD)),
  'delete-left': ({ line }) => line.cursor > 0 && remove(line, line.cursor - 1, line.cursor).length > 0,
  'delete-right': ({ line }) => {
    const { cursor } = line;
    return cursor < line.characters.length && remove(line, cursor, cursor + 1).length > 0;
  },
  yank: (state) => insertCharacters(state.line, state.killed),
  transpose,
  'history-back': (state) => showHistory(state, state.position - 1),
  'history-forward': (state) => showHistory(state, state.position + 1),
  'history-first': (state) => showHistory(state, 0),
  'history-last': (state) => showHistory(state, state.history.length),
} as const satisfies Record<string, EditCommand>;

export type EditCommandName = keyof typeof editCommands;

export function isEditCommand(name: string): name is EditCommandName {
  return Object.hasOwn(editCommands, name);
}

export function isKill(name: string): boolean {
  return Object.hasOwn(kills, name);
}
