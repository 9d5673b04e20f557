/** The line being edited: its characters and the position of the cursor. */
import { hasRoom, splitCharacters } from './width.js';

/** Longest line, in UTF-16 units. */
export const MAXIMUM_LINE_LENGTH = 65_536;

/** How far a move or kill by words goes, in characters: word keys must be cheap on any line. */
const MAXIMUM_WORD_LENGTH = 1_024;
/** Arguments of one call that fit on every runtime's stack. */
const MAXIMUM_ARGUMENTS = 1_024;

/** Plain data. A character is a grapheme cluster: what a person perceives as one, and what the cursor steps over. */
export interface LineBuffer {
  characters: string[];
  /** Number of characters before the cursor. */
  cursor: number;
  /** Total length of all characters in UTF-16 units. */
  length: number;
  /** The first character that may have changed since the line was last drawn. */
  changedFrom: number;
}

/** A line with the cursor at its end. */
export function lineBuffer(text = ''): LineBuffer {
  const line: LineBuffer = { characters: [], cursor: 0, length: 0, changedFrom: 0 };
  insertText(line, text);
  return line;
}

export function lineText(line: LineBuffer): string {
  return line.characters.join('');
}

/** Inserts at the cursor as much of `text` as the limit allows; false if that is not all of it. */
export function insertText(line: LineBuffer, text: string): boolean {
  const fitting = cut(text, MAXIMUM_LINE_LENGTH - line.length);
  if (fitting === '') return text === '';
  // Inserted text may join the character before it, as a combining mark does; never the one after, or the cursor would
  // jump.
  const before = line.characters[line.cursor - 1];
  const joinable = before !== undefined && hasRoom(before) ? before : '';
  const from = joinable === '' ? line.cursor : line.cursor - 1;
  const characters = splitCharacters(joinable + fitting);
  replace(line, from, line.cursor, characters);
  line.cursor = from + characters.length;
  return fitting.length === text.length;
}

/** Inserts characters that were removed from a line; false, with nothing done, if there is no room. */
export function insertCharacters(line: LineBuffer, characters: readonly string[]): boolean {
  if (line.length + lengthOf(characters) > MAXIMUM_LINE_LENGTH) return false;
  replace(line, line.cursor, line.cursor, characters);
  line.cursor += characters.length;
  return true;
}

/** Removes the characters from `from` up to `to`; the cursor moves there. */
export function remove(line: LineBuffer, from: number, to: number): string[] {
  const removed = line.characters.slice(from, to);
  replace(line, from, to, []);
  line.cursor = from;
  return removed;
}

/** How many characters start before `offset` UTF-16 units of the line's text. */
export function characterAt(line: LineBuffer, offset: number): number {
  let units = 0;
  let index = 0;
  while (units < offset && index < line.characters.length) {
    units += line.characters[index]!.length;
    index += 1;
  }
  return index;
}

/** Where a word starts: goes back from the cursor over what is not `inside`, then over what is. */
export function wordStart({ characters, cursor }: LineBuffer, inside: RegExp): number {
  const least = Math.max(0, cursor - MAXIMUM_WORD_LENGTH);
  let index = cursor;
  while (index > least && !inside.test(characters[index - 1]!)) index -= 1;
  while (index > least && inside.test(characters[index - 1]!)) index -= 1;
  return index;
}

/** Where a word ends: as `wordStart`, forwards. */
export function wordEnd({ characters, cursor }: LineBuffer, inside: RegExp): number {
  const most = Math.min(characters.length, cursor + MAXIMUM_WORD_LENGTH);
  let index = cursor;
  while (index < most && !inside.test(characters[index]!)) index += 1;
  while (index < most && inside.test(characters[index]!)) index += 1;
  return index;
}

function replace(line: LineBuffer, from: number, to: number, characters: readonly string[]): void {
  const removed = lengthOf(line.characters.slice(from, to));
  if (characters.length <= MAXIMUM_ARGUMENTS) line.characters.splice(from, to - from, ...characters);
  else line.characters = line.characters.slice(0, from).concat(characters, line.characters.slice(to));
  line.length += lengthOf(characters) - removed;
  line.changedFrom = Math.min(line.changedFrom, from);
}

const lengthOf = (characters: readonly string[]) =>
  characters.reduce((length, character) => length + character.length, 0);

/** The first `length` units of `text`, never splitting a surrogate pair. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}
