/** Whether a shell has to read another line: just-bash only reports that a text is wrong, and where. */

/** `parse` parses `text`. */
export function isUnfinished(text: string, parse: () => unknown): boolean {
  if (/(?:^|[^\\])(?:\\\\)*\\\n?$/.test(text) || /(?:\|\|?|&&)\s*$/.test(text)) return true;
  try {
    parse();
    return false;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    return /unexpected EOF|got EOF|unterminated here-document/.test(message) || placeOf(message) > placeOfEnd(text);
  }
}

/** Where the parser stopped, as a number that grows along the text. */
function placeOf(message: string): number {
  const [, line, column] = /at (\d+):(\d+)/.exec(message) ?? [];
  return line === undefined || column === undefined ? 0 : place(Number(line), Number(column));
}

function placeOfEnd(text: string): number {
  const lines = text.split('\n');
  return place(lines.length, lines.at(-1)!.length);
}

const place = (line: number, column: number): number => line * 2 ** 20 + column;
