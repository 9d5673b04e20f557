/** ECMA-48 §8.3: drawing prompt and line on a terminal, and only what has changed. */
import {
  emptyRow,
  layOut,
  positionOf,
  promptCells,
  unchangedRows,
  type Cell,
  type Position,
  type Row,
} from './layout.js';
import type { LineBuffer } from './line-buffer.js';

const ESCAPE = '\x1b[';
const ERASE_LINE = `${ESCAPE}K`;
const ERASE_BELOW = `${ESCAPE}J`;
const CLEAR_SCREEN = `${ESCAPE}H${ESCAPE}2J`;

const START: Position = { row: 0, column: 0 };

/** What the display draws, and where it remembers what of that does not fit on the screen. */
export interface View {
  columns: number;
  rows: number;
  /** The first row that is shown. */
  top: number;
}

/**
 * Follows one prompt on the screen. Everything in here can be made anew from the line and `view`: no other state hides.
 * Rows are counted from the first that is shown. Every method returns what has to be written.
 */
export class Display {
  readonly #view: View;
  #prompt: readonly Cell[];
  #rows: readonly Row[] = [];
  #shown: readonly Row[] = [emptyRow];
  #at: Position = START;

  constructor(view: View, prompt: string) {
    this.#view = view;
    this.#prompt = promptCells(prompt);
  }

  /** Brings the screen up to date; of `line` what has changed is drawn. */
  update(line: LineBuffer): string {
    const kept = unchangedRows(this.#rows, line.changedFrom);
    line.changedFrom = line.characters.length;
    this.#rows = layOut(this.#prompt, line.characters, this.#view.columns, this.#rows.slice(0, kept));
    const cursor = positionOf(this.#rows, line.cursor);
    const { rows: height } = this.#view;
    const lowest = Math.max(0, Math.min(this.#view.top, this.#rows.length - height));
    const top = Math.min(cursor.row, Math.max(lowest, cursor.row - height + 1));
    this.#view.top = top;
    const drawn = this.#draw(this.#rows.slice(top, top + height));
    return drawn + this.#moveTo({ row: cursor.row - top, column: Math.min(cursor.column, this.#view.columns - 1) });
  }

  /** Shows another prompt before the same line. */
  setPrompt(prompt: string): string {
    this.#prompt = promptCells(prompt);
    this.#rows = [];
    return this.erase();
  }

  /** Takes prompt and line off the screen; the cursor is where they began. */
  erase(): string {
    const moved = this.#moveTo(START);
    this.#shown = [emptyRow];
    return moved + ERASE_BELOW;
  }

  /** Clears the whole screen. */
  clear(): string {
    this.#shown = [emptyRow];
    this.#at = START;
    return CLEAR_SCREEN;
  }

  /** Puts the cursor behind the last row that is shown, and forgets what is there. */
  leave(): string {
    const row = this.#shown.length - 1;
    const moved = this.#moveTo({ row, column: Math.min(this.#shown[row]!.width, this.#view.columns - 1) });
    this.#shown = [emptyRow];
    this.#at = START;
    return moved;
  }

  /**
   * Takes another size. Some terminals have wrapped the rows anew by now and some have not, so the first row is where it
   * was or where it would be now. The lower place is taken: a row of the old picture may stay above the new one, but
   * nothing is erased that was there before the prompt.
   */
  resize(columns: number, rows: number, line: LineBuffer): string {
    const wrapped = layOut(this.#prompt, line.characters, columns);
    const row = Math.min(this.#at.row, positionOf(wrapped, line.cursor).row);
    this.#at = { row, column: this.#at.column };
    Object.assign(this.#view, { columns, rows });
    this.#rows = [];
    return this.erase();
  }

  #draw(next: readonly Row[]): string {
    const shown = this.#shown;
    this.#shown = next;
    let output = '';
    for (const [row, cells] of next.entries()) {
      const before = shown[row];
      if (before === undefined) output += this.#addRow(row) + this.#drawRow(row, emptyRow, cells);
      else if (before !== cells) output += this.#drawRow(row, before, cells);
    }
    if (next.length < shown.length) output += this.#moveTo({ row: next.length, column: 0 }) + ERASE_BELOW;
    return output;
  }

  /**
   * Makes a row below the last one. Behind a full row the terminal does it by itself as soon as something is written,
   * and then knows the two for one line, for copying.
   */
  #addRow(row: number): string {
    const wraps = this.#at.row === row - 1 && this.#at.column === this.#view.columns;
    const moved = wraps ? '' : this.#moveTo({ row: row - 1, column: 0 });
    this.#at = { row, column: 0 };
    return moved + (wraps ? ' \r' : '\r\n');
  }

  /** Writes what differs between a row as it is shown and as it has to be. */
  #drawRow(row: number, before: Row, after: Row): string {
    const from = firstDifference(before, after);
    if (from === after.cells.length && before.cells.length === from) return '';
    const head = after.cells.slice(0, from);
    const moved = this.#moveTo({ row, column: head.reduce((width, cell) => width + cell.width, 0) });
    const text = after.cells
      .slice(from)
      .map((cell) => cell.text)
      .join('');
    this.#at = { row, column: after.width };
    return moved + text + (after.width < before.width ? ERASE_LINE : '');
  }

  /** From any column the way goes over the first one: that holds also where a terminal counts a character's columns otherwise. */
  #moveTo({ row, column }: Position): string {
    const at = this.#at;
    this.#at = { row, column };
    if (at.row === row && at.column === column) return '';
    let output = '';
    if (at.row > row) output += `${ESCAPE}${at.row - row}A`;
    if (at.row < row) output += `${ESCAPE}${row - at.row}B`;
    if (at.column === column && column < this.#view.columns) return output;
    return `${output}\r${column > 0 ? `${ESCAPE}${column}C` : ''}`;
  }
}

/** The first cell to be written anew. */
function firstDifference(before: Row, after: Row): number {
  let index = 0;
  while (index < after.cells.length && index < before.cells.length && isSame(before.cells[index]!, after.cells[index]!))
    index += 1;
  return index;
}

const isSame = (one: Cell, other: Cell) => one === other || (one.text === other.text && one.width === other.width);
