import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialLineEditorState } from './editor-state.js';
import { LineEditor, type LineEditorEffect } from './line-editor.js';
import { encodeUtf8 } from './utf8.js';
import { characterWidth, splitCharacters } from './width.js';

/** A small VT: text with wrapping at the right margin, CR, LF, BS, BEL, CSI A B C H J K m ?h ?l, and scrolling. */
class Screen {
  columns: number;
  rows: number;
  /** A wide character is followed by an empty cell. */
  cells: string[][];
  row = 0;
  column = 0;
  /** The last column was written: the next character goes to the next row. */
  wraps = false;

  /** The first `made` rows are there from the start, the others once they are reached. */
  constructor(columns: number, rows: number, made = rows) {
    this.columns = columns;
    this.rows = rows;
    this.cells = Array.from({ length: made }, () => this.blankRow());
  }

  blankRow(): string[] {
    return Array.from({ length: this.columns }, () => ' ');
  }

  write(text: string): void {
    // eslint-disable-next-line no-control-regex -- this is a terminal
    for (const [part, parameters, final] of text.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|[\x00-\x1f]|[^\x00-\x1f]+/gu)) {
      if (final !== undefined) this.control(final, parameters ?? '');
      else if (part === '\r') this.moveTo(this.row, 0);
      else if (part === '\n') this.lineFeed();
      else if (part >= ' ') for (const character of splitCharacters(part)) this.put(character);
      else if (part !== '\x07') throw new Error(`not a control that the editor should send: ${JSON.stringify(part)}`);
    }
  }

  moveTo(row: number, column: number): void {
    this.row = Math.max(0, Math.min(this.rows - 1, row));
    this.column = Math.max(0, Math.min(this.columns - 1, column));
    this.wraps = false;
  }

  lineFeed(): void {
    this.wraps = false;
    if (this.row < this.rows - 1) {
      this.row += 1;
      this.cells[this.row] ??= this.blankRow();
      return;
    }
    this.cells.shift();
    this.cells.push(this.blankRow());
  }

  put(character: string): void {
    const width = characterWidth(character);
    if (width === 0) {
      const column = this.wraps ? this.column : Math.max(0, this.column - 1);
      const cells = this.cells[this.row]!;
      cells[cells[column] === '' ? column - 1 : column] += character;
      return;
    }
    if (this.wraps || this.column + width > this.columns) {
      this.column = 0;
      this.lineFeed();
    }
    this.wipe(this.column, this.column + width);
    this.cells[this.row]![this.column] = character;
    if (width === 2) this.cells[this.row]![this.column + 1] = '';
    this.wraps = this.column + width >= this.columns;
    this.column = Math.min(this.columns - 1, this.column + width);
  }

  /** Blanks columns, including the other halves of wide characters there. */
  wipe(from: number, to: number): void {
    const cells = this.cells[this.row]!;
    if (cells[from] === '') cells[from - 1] = ' ';
    if (cells[to] === '') cells[to] = ' ';
    cells.fill(' ', from, to);
  }

  control(final: string, parameters: string): void {
    const count = Number(parameters) || 1;
    if (final === 'A') this.moveTo(this.row - count, this.column);
    else if (final === 'B') this.moveTo(this.row + count, this.column);
    else if (final === 'C') this.moveTo(this.row, this.column + count);
    else if (final === 'H') this.moveTo(0, 0);
    else if (final === 'K') this.wipe(this.column, this.columns);
    else if (final === 'J' && parameters === '2') this.cells = this.cells.map(() => this.blankRow());
    else if (final === 'J') {
      this.wipe(this.column, this.columns);
      this.cells = this.cells.map((cells, row) => (row > this.row ? this.blankRow() : cells));
    } else if (!'mhl'.includes(final))
      throw new Error(`not a sequence that the editor should send: ${parameters}${final}`);
  }

  /** As xterm.js does around the cursor: rows are cut or padded, never rewrapped. */
  resize(columns: number, rows: number): void {
    for (; this.cells.length > rows && this.row >= rows; this.row -= 1) this.cells.shift();
    this.cells.length = Math.min(this.cells.length, rows);
    this.columns = columns;
    this.rows = rows;
    this.cells = this.cells.map((cells) => {
      const kept = cells.slice(0, columns);
      if (cells[columns] === '') kept[columns - 1] = ' ';
      return kept.concat(Array.from({ length: columns - kept.length }, () => ' '));
    });
    while (this.cells.length < rows) this.cells.push(this.blankRow());
    this.moveTo(this.row, this.column);
  }

  text(): string[] {
    return this.cells.map((cells) => cells.join('').trimEnd());
  }
}

/** What should be visible, computed without the editor's own layout: the whole text on a screen with endless rows. */
function picture(prompt: string, characters: readonly string[], cursor: number, columns: number) {
  const screen = new Screen(columns, 400, 1);
  const put = (character: string) => {
    if (character === '\n') screen.write('\r\n');
    else if (character === '\t') {
      if (screen.wraps) screen.write(' \r');
      screen.write(' '.repeat(Math.min(8 - (screen.column % 8), columns - screen.column)));
    } else if (character < ' ') {
      if (!screen.wraps && screen.column === columns - 1) screen.write(' ');
      screen.write(`^${String.fromCharCode(character.charCodeAt(0) ^ 0x40)}`);
    } else screen.write(characterWidth(character) === 0 ? `\u25cc${character}` : character);
  };
  for (const character of splitCharacters(prompt)) put(character);
  let at = { row: 0, column: 0 };
  for (const [index, character] of [...characters, ''].entries()) {
    if (index === cursor) {
      const next = character === '\t' ? 1 : widthOf(character);
      const wraps = character !== '\n' && (screen.wraps || screen.column + Math.max(1, next) > columns);
      at = wraps ? { row: screen.row + 1, column: 0 } : { row: screen.row, column: screen.column };
    }
    if (character !== '') put(character);
  }
  return { rows: screen.text(), last: screen.wraps ? screen.row + 1 : screen.row, at };
}

const widthOf = (character: string) => (character !== '' && character < ' ' ? 2 : characterWidth(character));

function show(screen: Screen, effects: readonly LineEditorEffect[]): void {
  for (const effect of effects) if (effect.kind === 'output') screen.write(effect.text);
}

/** The visible rows are correct from `origin` on; by default, from where the cursor shows that they start. */
function expectPicture(screen: Screen, editor: LineEditor, prompt: string, origin?: number): void {
  const { line, columns, rows, top } = editor.state;
  const { rows: all, last, at } = picture(prompt, line.characters, line.cursor, columns);
  const shown = all.slice(top, Math.min(last + 1, top + rows));
  const first = screen.row - (at.row - top);
  expect(first).toBeGreaterThanOrEqual(0);
  if (origin !== undefined) expect(first).toBe(origin);
  const visible = screen.text();
  expect(visible.slice(first, first + shown.length)).toEqual(shown);
  expect(visible.slice(first + shown.length).join('')).toBe('');
  expect(screen.column).toBe(at.column);
}

const key = fc.oneof(
  { arbitrary: fc.constantFrom('a', 'b', ' ', 'xyz', '漢', '字漢', '😀', 'é', 'e\u0301', '👩‍🔬'), weight: 6 },
  { arbitrary: fc.constantFrom('\x1b[D', '\x1b[D', '\x1b[C', '\x1b[H', '\x1b[F', '\x1b[1;5D', '\x1b[1;5C'), weight: 4 },
  { arbitrary: fc.constantFrom('\x7f', '\x1b[3~', '\x0b', '\x15', '\x17', '\x19', '\x14'), weight: 3 },
  {
    arbitrary: fc.constantFrom('\u0301', '\x10', '\x0e', '\x0c', '\x16\x01', '\x1b[200~p\nq\x1b[201~', '\x16\t'),
    weight: 1,
  },
);
const action = fc.oneof(
  { arbitrary: key, weight: 12 },
  {
    arbitrary: fc.record({ columns: fc.integer({ min: 2, max: 20 }), rows: fc.integer({ min: 1, max: 12 }) }),
    weight: 1,
  },
);
const prompts = fc.constantFrom('', '$ ', '漢> ', 'a long prompt: ', 'two\nrows$ ', 'x'.repeat(8));

describe('the screen shows prompt and line, the cursor in its place', () => {
  const begin = (columns: number, rows: number, prompt: string) => {
    const screen = new Screen(columns, rows);
    const editor = new LineEditor({}, initialLineEditorState(columns, rows));
    show(screen, editor.begin({ prompt, history: ['history', '漢字 '.repeat(4), 'two\nlines'] }));
    return { screen, editor };
  };
  const widths = fc.integer({ min: 2, max: 20 });

  test('after any keys', () => {
    fc.assert(
      fc.property(widths, prompts, fc.array(key, { maxLength: 60 }), (columns, prompt, keys) => {
        const { screen, editor } = begin(columns, 60, prompt);
        for (const each of keys) {
          show(screen, editor.receive(encodeUtf8(each)).effects);
          expectPicture(screen, editor, prompt, 0);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('after any keys and any sizes, on small screens too', () => {
    fc.assert(
      fc.property(widths, fc.integer({ min: 1, max: 6 }), prompts, fc.array(action, { maxLength: 60 }), (...given) => {
        const [columns, rows, prompt, actions] = given;
        const { screen, editor } = begin(columns, rows, prompt);
        for (const each of actions) {
          if (typeof each === 'string') {
            show(screen, editor.receive(encodeUtf8(each)).effects);
          } else {
            screen.resize(each.columns, each.rows);
            show(screen, editor.resize(each.columns, each.rows));
          }
          expectPicture(screen, editor, prompt);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('another size', () => {
  const edited = (columns: number, newColumns: number) => {
    const screen = new Screen(columns, 8);
    screen.write('output\r\n');
    const editor = new LineEditor({}, initialLineEditorState(columns, 8));
    show(screen, editor.begin({ prompt: '$ ' }));
    show(screen, editor.receive(encodeUtf8('0123456789abcdef')).effects);
    return { screen, resize: () => show(screen, editor.resize(newColumns, 8)) };
  };

  test('on a terminal that leaves rows as they are', () => {
    const { screen, resize } = edited(10, 6);
    screen.resize(6, 8);
    resize();
    expect(screen.text().slice(0, 5)).toEqual(['output', '$ 0123', '456789', 'abcdef', '']);
  });

  test('on a terminal that wraps rows anew, nothing above the prompt is lost', () => {
    const { screen, resize } = edited(10, 20);
    screen.resize(20, 8);
    screen.write('\x1b[1A\r\x1b[J$ 0123456789abcdef');
    resize();
    expect(screen.text().slice(0, 3)).toEqual(['output', '$ 0123456789abcdef', '']);
  });
});

describe('on the screen', () => {
  test('where the line is longer than the screen, the whole screen is the line', () => {
    const screen = new Screen(10, 4);
    const editor = new LineEditor({}, initialLineEditorState(10, 4));
    show(screen, editor.begin({ prompt: '$ ' }));
    show(screen, editor.receive(encodeUtf8('0123456789'.repeat(6))).effects);
    expect(screen.text()).toEqual(['8901234567', '8901234567', '8901234567', '89']);
    show(screen, editor.receive(encodeUtf8('\x01')).effects);
    expect(screen.text()).toEqual(['$ 01234567', '8901234567', '8901234567', '8901234567']);
    expect([screen.row, screen.column]).toEqual([0, 2]);
    show(screen, editor.receive(encodeUtf8('\x05\r')).effects);
    expect(screen.text()).toEqual(['8901234567', '8901234567', '89', '']);
  });

  test('at the foot of the screen the terminal scrolls', () => {
    const screen = new Screen(8, 4);
    screen.write('one\r\ntwo\r\nthree\r\n');
    const editor = new LineEditor({}, initialLineEditorState(8, 4));
    show(screen, editor.begin({ prompt: '$ ' }));
    show(screen, editor.receive(encodeUtf8('abcdef')).effects);
    expect(screen.text()).toEqual(['two', 'three', '$ abcdef', '']);
    show(screen, editor.receive(encodeUtf8('gh\x1b[D\x7f')).effects);
    expect(screen.text()).toEqual(['two', 'three', '$ abcdef', 'h']);
    expect([screen.row, screen.column]).toEqual([3, 0]);
    show(screen, editor.receive(encodeUtf8('\x15')).effects);
    expect(screen.text()).toEqual(['two', 'three', '$ h', '']);
  });
});

describe('prompts', () => {
  test('colours of a prompt take no room', () => {
    const screen = new Screen(20, 3);
    const editor = new LineEditor({}, initialLineEditorState(20, 3));
    show(screen, editor.begin({ prompt: '\x1b[1;32mme\x1b[0m$ \x1b[0m' }));
    show(screen, editor.receive(encodeUtf8('ab\x1b[D')).effects);
    expect(screen.text()[0]).toBe('me$ ab');
    expect(screen.column).toBe(5);
  });

  test('a mark on its own stands on a circle, and what cannot be seen is one', () => {
    const screen = new Screen(20, 3);
    const editor = new LineEditor({}, initialLineEditorState(20, 3));
    show(screen, editor.begin({ prompt: '$ ' }));
    show(screen, editor.receive(encodeUtf8('a\x01\u0301\u202e')).effects);
    expect(screen.text()[0]).toBe('$ \u25cc\u0301\u25cca');
    expect(screen.column).toBe(4);
  });

  test('a search has its own prompt, and gives the other one back', () => {
    const screen = new Screen(40, 3);
    const editor = new LineEditor({}, initialLineEditorState(40, 3));
    show(screen, editor.begin({ prompt: '$ ', history: ['echo one', 'ls'] }));
    show(screen, editor.receive(encodeUtf8('\x12on')).effects);
    expect(screen.text()[0]).toBe("(reverse-i-search)`on': echo one");
    expect(screen.column).toBe(29);
    show(screen, editor.receive(encodeUtf8('x')).effects);
    expect(screen.text()[0]).toBe("(failed reverse-i-search)`onx': echo one");
    show(screen, editor.receive(encodeUtf8('\x05')).effects);
    expect(screen.text()).toEqual(['$ echo one', '', '']);
    expect(screen.column).toBe(10);
  });

  test('typing at the end of a line sends little more than what is typed', () => {
    const editor = new LineEditor({}, initialLineEditorState(80, 24));
    editor.begin({ prompt: '$ ' });
    editor.receive(encodeUtf8('x'.repeat(60_000)));
    const [effect] = editor.receive(encodeUtf8('y')).effects;
    expect(effect).toEqual({ kind: 'output', text: 'y' });
  });
});
