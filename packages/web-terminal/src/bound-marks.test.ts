import { Terminal } from '@xterm/xterm';
import { expect, test } from 'vitest';
import { boundMarks } from './bound-marks.js';
import { writeTo } from './terminal-output.js';

const ACUTE = '\u0301';

async function cellsAfter(output: string): Promise<readonly string[]> {
  const terminal = new Terminal({ cols: 80, allowProposedApi: false });
  boundMarks(terminal);
  await writeTo(terminal, new TextEncoder().encode(output));
  const line = terminal.buffer.active.getLine(0)!;
  return Array.from({ length: 4 }, (_, column) => line.getCell(column)!.getChars());
}

test.each([
  ['one after another', ACUTE],
  ['with what xterm.js ignores in between', `${ACUTE}\x7f\x1b[1?m`],
])('a cell takes 32 marks, %s, and the others stay alone', async (_how, mark) => {
  expect(await cellsAfter(`a${mark.repeat(1000)}`)).toEqual([`a${ACUTE.repeat(32)}`, ACUTE, ACUTE, ACUTE]);
});

test('marks join their letters, and each letter has its own', async () => {
  expect(await cellsAfter(`a${ACUTE}b${ACUTE.repeat(32)}c${ACUTE}d`)).toEqual([
    `a${ACUTE}`,
    `b${ACUTE.repeat(32)}`,
    `c${ACUTE}`,
    'd',
  ]);
});

test('a letter of two columns keeps its marks, and an emoji has two', async () => {
  expect(await cellsAfter(`字${ACUTE}😀`)).toEqual([`字${ACUTE}`, '', '😀', '']);
});

test('afterwards the terminal is as it was, and what it did not allow it does not allow now', async () => {
  const terminal = new Terminal({ allowProposedApi: true });
  const bound = boundMarks(terminal);
  expect(terminal.options.allowProposedApi).toBe(true);
  bound.dispose();
  expect(terminal.unicode.activeVersion).toBe('6');
  const closed = new Terminal({ allowProposedApi: false });
  boundMarks(closed);
  expect(() => closed.unicode).toThrow('allowProposedApi');
});
