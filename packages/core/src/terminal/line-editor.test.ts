import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TerminalModes } from '../wire/terminal-modes.js';
import { initialLineEditorState } from './editor-state.js';
import { LineEditor, type LineEditorEffect, type PromptOptions } from './line-editor.js';
import { MAXIMUM_LINE_LENGTH, lineText } from './line-buffer.js';
import { encodeUtf8 } from './utf8.js';

/** Everything except output. */
const answers = (effects: readonly LineEditorEffect[]) => effects.filter(({ kind }) => kind !== 'output');
const written = (effects: readonly LineEditorEffect[]) =>
  effects.map((effect) => (effect.kind === 'output' ? effect.text : '')).join('');

function editorAt(options: PromptOptions = {}, modes: TerminalModes = {}): LineEditor {
  const editor = new LineEditor(modes, initialLineEditorState(80, 24));
  editor.begin({ prompt: '$ ', ...options });
  return editor;
}

/** The line after `keys`, with `|` for the cursor. */
function lineAfter(keys: string, options: PromptOptions = {}, modes: TerminalModes = {}): string {
  const editor = editorAt(options, modes);
  editor.receive(encodeUtf8(keys));
  const { characters, cursor } = editor.state.line;
  return `${characters.slice(0, cursor).join('')}|${characters.slice(cursor).join('')}`;
}

/** In microseconds, some fifteen times what a flood takes: one that is laid out anew for each key takes longer. */
const MAXIMUM_CPU = 3_000_000;

const ESC = '\x1b';
const LEFT = `${ESC}[D`;
const UP = `${ESC}[A`;
const DOWN = `${ESC}[B`;

describe('keys', () => {
  test.each([
    ['left', `ab${LEFT}c`, 'ac|b'],
    ['left, application mode', `ab${ESC}ODc`, 'ac|b'],
    ['right', `ab${LEFT}${LEFT}${ESC}[Cc`, 'ac|b'],
    ['^B and ^F', 'ab\x02\x02\x06c', 'ac|b'],
    ['home and end', `b${ESC}[Ha${ESC}[Fc`, 'abc|'],
    ['home and end, VT220', `b${ESC}[1~a${ESC}[4~c`, 'abc|'],
    ['home and end, rxvt', `b${ESC}[7~a${ESC}[8~c`, 'abc|'],
    ['home and end, application mode', `b${ESC}OHa${ESC}OFc`, 'abc|'],
    ['^A and ^E', 'b\x01a\x05c', 'abc|'],
    ['control-left', `ab cd${ESC}[1;5Dx`, 'ab x|cd'],
    ['control-left, PuTTY', `ab cd${ESC}[5Dx`, 'ab x|cd'],
    ['control-left, rxvt', `ab cd${ESC}Odx`, 'ab x|cd'],
    ['control-right', `ab cd\x01${ESC}[1;5Cx`, 'abx| cd'],
    ['alt-left', `ab cd${ESC}[1;3Dx`, 'ab x|cd'],
    ['alt-b and alt-f', `ab cd${ESC}bx${ESC}fy`, 'ab xcdy|'],
    ['shift-left is left', `ab${ESC}[1;2Dc`, 'ac|b'],
    ['backspace', 'ab\x7fc', 'ac|'],
    ['^H', 'ab\bc', 'ac|'],
    ['delete', `ab${LEFT}${ESC}[3~c`, 'ac|'],
    ['^D in a line', `ab${LEFT}\x04c`, 'ac|'],
    ['^K and ^Y', 'abcd\x02\x02\x0b\x01\x19', 'cd|ab'],
    ['^U and ^Y', 'ab cd\x15x\x19', 'xab cd|'],
    ['^W takes to the space', 'ab c-d\x17x', 'ab x|'],
    ['alt-backspace takes a word', `ab c-d${ESC}\x7fx`, 'ab c-x|'],
    ['alt-d', `ab cd\x01${ESC}dx`, 'x| cd'],
    ['kills in a row add up', 'a b c\x17\x17x\x19', 'a xb c|'],
    ['^T', 'abc\x02\x14', 'acb|'],
    ['^T at the end', 'abc\x14', 'acb|'],
    ['^V takes a control as it is', 'a\x16\x03\x16\t', 'a\x03\t|'],
    ['wide and joined characters are one step', `漢👩‍🔬e\u0301${LEFT}${LEFT}x`, '漢x|👩‍🔬e\u0301'],
    ['a mark joins the character before the cursor', 'e\u0301\x7f', '|'],
    ['unknown sequences are nothing', `a${ESC}[99~${ESC}[?1;2c${ESC}OZ${ESC}[[Ab${ESC}z`, 'ab|'],
    ['replies to questions are nothing', `a${ESC}]11;rgb:0/0/0${ESC}\\b${ESC}]x\x07c${ESC}P>|x(1)${ESC}\\d`, 'abcd|'],
    ['a control character ends a sequence', `ab${ESC}[1;\x7f${ESC}]x\x7fc`, 'c|'],
    ['ESC ESC [ D is left', `ab${ESC}${ESC}[Dc`, 'ac|b'],
    ['bytes that are not UTF-8', '\udc00a', '\ufffda|'],
    ['C1 controls are nothing', 'a\u009b\u0085b', 'ab|'],
  ])('%s', (_name, keys, line) => {
    expect(lineAfter(keys)).toBe(line);
  });

  test('the pty names its own characters', () => {
    expect(lineAfter('ab\x18', {}, { VERASE: 0x18 })).toBe('a|');
    expect(lineAfter('ab\x18', {}, { VKILL: 0x18 })).toBe('|');
    expect(answers(editorAt({}, { VEOF: 0x18 }).receive(encodeUtf8('\x18')).effects)).toEqual([{ kind: 'end' }]);
  });
});

describe('the end of a prompt', () => {
  test.each([
    ['CR', 'ab\r', [{ kind: 'line', line: 'ab' }]],
    ['LF', 'ab\n', [{ kind: 'line', line: 'ab' }]],
    ['^D on an empty line', '\x04', [{ kind: 'end' }]],
    ['^C', 'ab\x03', [{ kind: 'interrupt' }]],
  ])('%s', (_name, keys, expected) => {
    expect(answers(editorAt().receive(encodeUtf8(keys)).effects)).toEqual(expected);
  });

  test('what follows is left', () => {
    const { effects, rest } = editorAt().receive(encodeUtf8('ab\rcd\r'));
    expect(answers(effects)).toEqual([{ kind: 'line', line: 'ab' }]);
    expect(rest).toEqual(encodeUtf8('cd\r'));
  });

  test('^C is shown and goes to the next row; with -ISIG it is nothing', () => {
    expect(written(editorAt().receive(encodeUtf8('\x03')).effects)).toBe('^C\x1b[?2004l\r\n');
    expect(answers(editorAt({}, { ISIG: 0 }).receive(encodeUtf8('\x03')).effects)).toEqual([]);
  });

  test('cancel ends it, hide and show leave it', () => {
    const editor = editorAt();
    editor.receive(encodeUtf8('ab'));
    expect(written(editor.hide())).toBe('\r\x1b[J');
    expect(written(editor.show())).toBe('$ ab');
    expect(written(editor.cancel())).toBe('\x1b[?2004l\r\n');
    expect(editor.cancel()).toEqual([]);
    expect(editor.show()).toEqual([]);
  });
});

describe('paste', () => {
  const paste = (text: string) => `${ESC}[200~${text}${ESC}[201~`;
  test.each([
    ['line ends are part of the line', `a${paste('b\r\nc\rd\ne')}f`, 'ab\nc\nd\nef|'],
    ['keys are not pressed', paste(`a\x03b${ESC}[Dc\x01d\te`), 'abcd\te|'],
    ['Enter works again behind it', `${paste('a')}\x7fb`, 'b|'],
  ])('%s', (_name, keys, line) => {
    expect(lineAfter(keys)).toBe(line);
  });

  test('the prompt turns bracketed paste on, its end turns it off', () => {
    const editor = new LineEditor();
    expect(written(editor.begin({}))).toContain('\x1b[?2004h');
    expect(written(editor.receive(encodeUtf8('\r')).effects)).toContain('\x1b[?2004l');
  });

  test.each([
    ['pasted', paste('x'.repeat(1 << 18))],
    ['typed', '漢字'.repeat(50_000)],
    ['many pastes', paste('ab').repeat(15_000)],
    ['with controls between', 'a\0'.repeat(120_000)],
    ['at the start of the line', 'a\x01'.repeat(30_000)],
    ['killed and yanked', `${'a'.repeat(60_000)}${'\x15\x19'.repeat(5_000)}`],
  ])('a flood, %s, is cut at the bound and stays cheap', (_name, keys) => {
    const editor = editorAt();
    const bytes = encodeUtf8(keys);
    const before = process.cpuUsage();
    let output = '';
    for (let offset = 0; offset < bytes.length; offset += 32_768)
      output += written(editor.receive(bytes.subarray(offset, offset + 32_768)).effects);
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(MAXIMUM_CPU);
    expect(editor.state.line.length).toBeLessThanOrEqual(MAXIMUM_LINE_LENGTH);
    expect(output.length).toBeLessThan(150_000);
    if (editor.state.line.length === MAXIMUM_LINE_LENGTH) expect(output).toContain('\x07');
  });
});

describe('history', () => {
  const history = () => ['one', 'two', 'three'];
  test.each([
    ['up', UP, 'three|'],
    ['^P', '\x10\x10', 'two|'],
    ['it ends at the oldest', UP.repeat(5), 'one|'],
    ['down', UP + UP + DOWN, 'three|'],
    ['the new line is kept', `new${UP}${UP}${DOWN}${DOWN}`, 'new|'],
    ['^N at the new line', 'new\x0e', 'new|'],
    ['alt-< and alt->', `new${ESC}<${ESC}>x`, 'newx|'],
    ['^R finds the newest', '\x12o', 'tw|o'],
    ['^R again finds an older one', '\x12o\x12', '|one'],
    ['^R narrows', '\x12th', '|three'],
    ['^R: backspace widens', '\x12ox\x7f', 'tw|o'],
    ['^R: what is not there', 'ab\x12zz', 'ab|'],
    ['^R: ^G gives up', 'ab\x02\x12o\x07', 'a|b'],
    ['^R: another key takes the line', '\x12tw\x05!', 'two!|'],
    ['^R, then up goes on from there', `\x12two${UP}`, 'one|'],
  ])('%s', (_name, keys, line) => {
    expect(lineAfter(keys, { history: history() })).toBe(line);
  });

  test('an entered line is remembered, but not a blank one, nor the same twice, nor a secret', () => {
    const entered = history();
    for (const line of ['four', 'four', '  ', '']) editorAt({ history: entered }).receive(encodeUtf8(`${line}\r`));
    editorAt({ history: entered, mask: '' }).receive(encodeUtf8('secret\r'));
    expect(entered).toEqual([...history(), 'four']);
  });

  test('^R during Enter enters the line that was found', () => {
    const { effects } = editorAt({ history: history() }).receive(encodeUtf8('\x12tw\r'));
    expect(answers(effects)).toEqual([{ kind: 'line', line: 'two' }]);
  });

  test('it has bounds', () => {
    const many: string[] = [];
    for (let index = 0; index < 1_200; index += 1) editorAt({ history: many }).receive(encodeUtf8(`line ${index}\r`));
    expect(many).toHaveLength(1_000);
    expect(many.at(-1)).toBe('line 1199');
    for (let index = 0; index < 200; index += 1)
      editorAt({ history: many }).receive(encodeUtf8(`${index}${'x'.repeat(4_000)}\r`));
    expect(many.join('').length).toBeLessThanOrEqual(262_144);
  });
});

describe('secrets', () => {
  test('a mask stands in the place of every character, an empty one in the place of all', () => {
    expect(written(editorAt({ mask: '*' }).receive(encodeUtf8('a漢')).effects)).toBe('**');
    const editor = editorAt({ mask: '' });
    const { effects } = editor.receive(encodeUtf8('secret\r'));
    expect(written(effects)).toBe('\x1b[?2004l\r\n');
    expect(answers(effects)).toEqual([{ kind: 'line', line: 'secret' }]);
    expect(JSON.stringify(editor.state)).not.toContain('secret');
  });

  test('what is killed of a secret cannot be yanked', () => {
    expect(lineAfter('secret\x15\x19', { mask: '' })).toBe('|');
  });

  test('-ECHO: nothing is shown but the prompt', () => {
    const editor = new LineEditor({ ECHO: 0 });
    expect(written(editor.begin({ prompt: '$ ' }))).toBe('$ ');
    const { effects } = editor.receive(encodeUtf8('ls\x01\r'));
    expect(written(effects)).toBe('');
    expect(answers(effects)).toEqual([{ kind: 'line', line: 'ls' }]);
  });
});

describe('completion', () => {
  const asking = (typed: string) => {
    const editor = editorAt({ completes: true });
    const { effects } = editor.receive(encodeUtf8(typed));
    return { editor, effects };
  };

  test('TAB asks, the only candidate is inserted, what was typed meanwhile follows', () => {
    const { editor, effects } = asking('cat f\tx');
    expect(answers(effects)).toEqual([{ kind: 'complete', line: 'cat f', cursor: 5 }]);
    expect(editor.receive(encodeUtf8('y\rrest')).effects).toEqual([]);
    const { effects: after, rest } = editor.complete({ start: 4, candidates: ['file '] });
    expect(answers(after)).toEqual([{ kind: 'line', line: 'cat file xy' }]);
    expect(rest).toEqual(encodeUtf8('rest'));
  });

  test('what all candidates begin with is inserted; a second TAB lists them', () => {
    const { editor } = asking('c\t');
    const first = editor.complete({ start: 0, candidates: ['cat', 'cal'] });
    expect(lineText(editor.state.line)).toBe('ca');
    expect(written(first.effects)).not.toContain('cat');
    editor.receive(encodeUtf8('\t'));
    const second = editor.complete({ start: 0, candidates: ['cat', 'cal'] });
    expect(written(second.effects)).toBe('\r\ncat  cal\r\n$ ca');
  });

  test('no candidate rings the bell', () => {
    const { editor } = asking('x\t');
    expect(written(editor.complete({ start: 0, candidates: [] }).effects)).toBe('\x07');
    expect(written(editorAt().receive(encodeUtf8('\t')).effects)).toBe('\x07');
  });

  test('^C does not wait for completions', () => {
    const { editor } = asking('x\t');
    const { effects, rest } = editor.receive(encodeUtf8('abc\x03d'));
    expect(answers(effects)).toEqual([{ kind: 'interrupt' }]);
    expect(rest).toEqual(encodeUtf8('d'));
    expect(editor.complete({ start: 0, candidates: ['xyz'] }).effects).toEqual([]);
  });

  test('input that waits has a bound', () => {
    const { editor } = asking('\t');
    expect(written(editor.receive(new Uint8Array(70_000)).effects)).toBe('\x07');
    expect(editor.state.held).toHaveLength(65_536);
  });

  test('Security: candidates cannot send controls to the terminal', () => {
    const { editor } = asking('\t');
    editor.complete({ start: 0, candidates: ['a\x1b[2J', 'b\x07\n\u009b'] });
    editor.receive(encodeUtf8('\t'));
    const output = written(editor.complete({ start: 0, candidates: ['a\x1b[2J', 'b\x07\n\u009b'] }).effects);
    expect(output).toContain('a?[2J  b^G?\ufffd\r\n');
  });

  test('a long list is cut', () => {
    const { editor } = asking('\t');
    const candidates = Array.from({ length: 250 }, (_, index) => `${index % 10}x${index}`);
    editor.complete({ start: 0, candidates });
    editor.receive(encodeUtf8('\t'));
    expect(written(editor.complete({ start: 0, candidates }).effects)).toContain('(50 more)');
  });
});

const keys = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'a',
        'bc ',
        '漢',
        '👩‍🔬',
        'é',
        '\u0301',
        '\t',
        UP,
        DOWN,
        LEFT,
        `${ESC}[200~`,
        `${ESC}[201~`,
        `${ESC}]0;`,
      ),
      fc.constantFrom(...Array.from('\x01\x02\x04\x05\x06\x08\x0b\x0c\x12\x14\x15\x16\x17\x19\x1b\x7f\x07\x10\x0e')),
      fc.string(),
    ),
    { maxLength: 40 },
  )
  .map((parts) => encodeUtf8(parts.join('').replaceAll(/[\r\n\x03]/gu, '')));

test('any chunks give the same line, also when the state goes to another editor at each cut', () => {
  fc.assert(
    fc.property(keys, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (bytes, sizes) => {
      const begin = () => {
        const editor = new LineEditor({}, initialLineEditorState(20, 5));
        editor.begin({ prompt: '> ', history: ['first', 'second 漢'] });
        return editor;
      };
      const whole = begin();
      const wholeAnswers = answers(whole.receive(bytes).effects);
      const pieceAnswers: LineEditorEffect[] = [];
      let { state } = begin();
      for (let offset = 0, turn = 0; offset < bytes.length; turn += 1) {
        const editor = new LineEditor({}, state);
        const end = offset + sizes[turn % sizes.length]!;
        const { effects, rest } = editor.receive(bytes.subarray(offset, end));
        pieceAnswers.push(...answers(effects));
        state = structuredClone(editor.state);
        offset = end;
        if (rest.length > 0 || state.phase === 'idle') break;
      }
      expect(pieceAnswers).toEqual(wholeAnswers);
      // Which rows are visible depends on where the cursor has been in between.
      expect({ ...state, top: 0 }).toEqual({ ...whole.state, top: 0 });
    }),
    // Up, down to the draft, more typing, and a search: what is drawn in between is not part of the draft.
    { numRuns: 500, examples: [[encodeUtf8(`\x10${ESC}>a\x12 `), [1]]] },
  );
});

test('bounds: a line of more than 4096 units is not remembered, and a search has at most 256', () => {
  const history: string[] = [];
  const editor = new LineEditor();
  for (const length of [4096, 4097]) {
    editor.begin({ history });
    editor.receive(encodeUtf8(`${'x'.repeat(length)}\r`));
  }
  expect(history.map((line) => line.length)).toEqual([4096]);
  editor.begin({ history });
  editor.receive(encodeUtf8(`\x12${'x'.repeat(300)}`));
  expect(editor.state.search?.query).toHaveLength(256);
});
