/** Prompt and line as rows of a terminal: which character goes where. */
import { characterWidth, splitCharacters } from './width.js';

/** What is written to show one character. */
export interface Cell {
  readonly text: string;
  /** In columns. */
  readonly width: number;
}

/** One row. Rows are immutable, so two that are the same object look the same. */
export interface Row {
  readonly cells: readonly Cell[];
  readonly width: number;
  /** Cells at the start of the row that belong to the prompt. */
  readonly promptCells: number;
  /** Number of characters of the line before this row, and before the next. */
  readonly start: number;
  readonly end: number;
}

/** A place on the screen; `column` equals the screen's width after the last column of a row. */
export interface Position {
  readonly row: number;
  readonly column: number;
}

export const emptyRow: Row = { cells: [], width: 0, promptCells: 0, start: 0, end: 0 };

const TAB_WIDTH = 8;
const REPLACEMENT = '\ufffd';
/** Shown under a mark that follows no letter, and for an invisible character (a change of writing direction, say). */
const DOTTED_CIRCLE = '\u25cc';
const MARK = /^\p{M}/u;
const LINE_FEED = '\n';
/** What a prompt may contain that takes no room: colours and other attributes (CSI ... m) and OSC strings. */
const PROMPT_PARTS =
  // eslint-disable-next-line no-control-regex -- escape sequences are what is looked for
  /(?<invisible>(?:\x1b\[[0-9;:]*m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\))+)|(?<visible>[^\x1b]+)|\x1b/gu;

const ascii: readonly Cell[] = Array.from({ length: 0x7f }, (_, code) => ({
  text: String.fromCharCode(code),
  width: 1,
}));

/** Security: control characters of the line are shown as ^X, C1 controls as U+FFFD, never written raw. */
function cellOf(character: string, column: number, columns: number): Cell {
  const code = character.charCodeAt(0);
  if (character.length === 1 && code >= 0x20 && code < 0x7f) return ascii[code]!;
  if (character === '\t') {
    const width = Math.min(TAB_WIDTH - (column % TAB_WIDTH), columns - column);
    return { text: ' '.repeat(width), width };
  }
  if (code < 0x20 || code === 0x7f) return { text: `^${String.fromCharCode(code ^ 0x40)}`, width: 2 };
  if (code >= 0x80 && code < 0xa0) return { text: REPLACEMENT, width: 1 };
  const width = characterWidth(character);
  if (width === 0) return { text: MARK.test(character) ? DOTTED_CIRCLE + character : DOTTED_CIRCLE, width: 1 };
  return { text: character, width: Math.min(columns, width) };
}

/** The prompt's cells: a sequence belongs to the character after it, a final one to the character before. */
export function promptCells(prompt: string): Cell[] {
  const cells: Cell[] = [];
  let invisible = '';
  for (const { groups } of prompt.matchAll(PROMPT_PARTS)) {
    invisible += groups?.invisible ?? '';
    for (const character of splitCharacters(groups?.visible ?? '')) {
      const cell = character === LINE_FEED ? { text: LINE_FEED, width: 0 } : cellOf(character, 0, TAB_WIDTH);
      cells.push({ text: invisible + cell.text, width: cell.width });
      invisible = '';
    }
  }
  const last = cells.pop() ?? { text: '', width: 0 };
  cells.push({ text: last.text + invisible, width: last.width });
  return cells;
}

/** Fills rows one after another. */
class RowBuilder {
  readonly rows: Row[];
  readonly #columns: number;
  #cells: Cell[] = [];
  #promptCells = 0;
  #start: number;
  #end: number;
  width = 0;

  constructor(columns: number, kept: readonly Row[]) {
    this.#columns = columns;
    this.rows = kept.slice();
    this.#start = kept.at(-1)?.end ?? 0;
    this.#end = this.#start;
  }

  endRow(): void {
    const { width } = this;
    this.rows.push({
      cells: this.#cells,
      width,
      promptCells: this.#promptCells,
      start: this.#start,
      end: this.#end,
    });
    this.#cells = [];
    this.#promptCells = 0;
    this.#start = this.#end;
    this.width = 0;
  }

  /** Goes to the next row if fewer than `width` columns are left in this one. */
  #makeRoom(width: number): void {
    if (this.width + width <= this.#columns) return;
    const rest = this.#columns - this.width;
    if (rest > 0) this.#add({ text: ' '.repeat(rest), width: rest });
    this.endRow();
  }

  #add(cell: Cell): void {
    this.#cells.push(cell);
    this.width += cell.width;
  }

  placePrompt(cell: Cell): void {
    if (cell.text.includes(LINE_FEED)) {
      this.#add({ text: cell.text.replace(LINE_FEED, ''), width: 0 });
      this.#promptCells += 1;
      this.endRow();
      return;
    }
    this.#makeRoom(cell.width);
    this.#add(cell);
    this.#promptCells += 1;
  }

  place(character: string): void {
    if (character === LINE_FEED) {
      this.#end += 1;
      this.endRow();
      return;
    }
    if (character === '\t') this.#makeRoom(1);
    const cell = cellOf(character, this.width, this.#columns);
    this.#makeRoom(cell.width);
    this.#add(cell);
    this.#end += 1;
  }
}

/**
 * Lays prompt and characters out in rows of `columns`. A row that is full to the last column is followed by another
 * one, which holds the cursor. `kept` are rows of an earlier layout that are still valid, including the prompt's.
 */
export function layOut(
  prompt: readonly Cell[],
  characters: readonly string[],
  columns: number,
  kept: readonly Row[] = [],
): Row[] {
  const builder = new RowBuilder(columns, kept);
  if (kept.length === 0) for (const cell of prompt) builder.placePrompt(cell);
  for (let index = kept.at(-1)?.end ?? 0; index < characters.length; index += 1) builder.place(characters[index]!);
  const isFull = builder.width === columns;
  builder.endRow();
  if (isFull) builder.endRow();
  return builder.rows;
}

/** How many rows stay unchanged when characters from `changedFrom` on have changed. */
export function unchangedRows(rows: readonly Row[], changedFrom: number): number {
  let row = rows.length - 1;
  while (row > 0 && rows[row]!.start > changedFrom) row -= 1;
  // A changed character may now fit in the row before.
  row -= 1;
  return row > 0 && rows[row]!.promptCells === 0 && rows[row - 1]!.promptCells === 0 ? row : 0;
}

/** The position of the character number `cursor` of the line, or where it would be. */
export function positionOf(rows: readonly Row[], cursor: number): Position {
  let row = rows.length - 1;
  while (row > 0 && rows[row]!.start > cursor) row -= 1;
  const { cells, promptCells: before, start } = rows[row]!;
  let column = 0;
  for (const cell of cells.slice(0, before + cursor - start)) column += cell.width;
  return { row, column };
}
