/** ECMA-48 §8.3: draws the prompt and the line on a terminal, updating only what has changed. */
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

/** What the display draws, and which part of it is shown if not everything fits on the screen. */
export interface View {
  columns: number;
  rows: number;
  /** The first row that is shown. */
  top: number;
}

/**
 * Tracks one prompt on the screen. Everything here can be rebuilt from the line and `view`; there is no other state.
 * Rows are counted from the first one shown. Every method returns what must be written.
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

  /** Brings the screen up to date, redrawing what has changed in `line`. */
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

  /** Replaces the prompt before the line. */
  setPrompt(prompt: string): string {
    this.#prompt = promptCells(prompt);
    this.#rows = [];
    return this.erase();
  }

  /** Removes prompt and line from the screen; the cursor returns to where they began. */
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

  /** Moves the cursor below the last row shown, and forgets what is there. */
  leave(): string {
    const row = this.#shown.length - 1;
    const moved = this.#moveTo({ row, column: Math.min(this.#shown[row]!.width, this.#view.columns - 1) });
    this.#shown = [emptyRow];
    this.#at = START;
    return moved;
  }

  /**
   * Handles a new size. Some terminals have rewrapped the rows by now and some have not, so the first row is either
   * where it was or where rewrapping puts it. The lower position is assumed: a row of the old picture may remain above
   * the new one, but nothing from before the prompt is erased.
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
   * Adds a row below the last one. After a full row the terminal does so itself as soon as something is written, and
   * then treats both rows as one line when text is copied.
   */
  #addRow(row: number): string {
    const wraps = this.#at.row === row - 1 && this.#at.column === this.#view.columns;
    const moved = wraps ? '' : this.#moveTo({ row: row - 1, column: 0 });
    this.#at = { row, column: 0 };
    return moved + (wraps ? ' \r' : '\r\n');
  }

  /** Writes the difference between a row as shown and as it should be. */
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

  /** Moves to a column by way of the first one, which works even if the terminal counts a character's columns differently. */
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

/** The first cell that must be rewritten. */
function firstDifference(before: Row, after: Row): number {
  let index = 0;
  while (index < after.cells.length && index < before.cells.length && isSame(before.cells[index]!, after.cells[index]!))
    index += 1;
  return index;
}

const isSame = (one: Cell, other: Cell) => one === other || (one.text === other.text && one.width === other.width);
