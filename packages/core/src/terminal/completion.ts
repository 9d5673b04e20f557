/** Word completion: the application's answers, and how a list of candidates is shown. */
import { promptCells } from './layout.js';

/** What the application is asked: to complete the text before `cursor` (in UTF-16 units) in `line`. */
export interface CompletionRequest {
  readonly line: string;
  readonly cursor: number;
}

export interface Completion {
  /** Where the text that a candidate replaces starts in the line, in UTF-16 units; it ends at the cursor. */
  readonly start: number;
  /** Complete replacement texts. A candidate that ends a word includes its trailing space. */
  readonly candidates: readonly string[];
}

/** Most candidates shown in a list; one more row says how many were left out. */
const MAXIMUM_LISTED = 200;
const GAP = 2;

/** The common start of all texts; surrogate pairs are not split. */
export function commonStart(texts: readonly string[]): string {
  let start = texts[0] ?? '';
  for (const text of texts) {
    let length = 0;
    while (length < start.length && start[length] === text[length]) length += 1;
    start = start.slice(0, length);
  }
  return start.replace(/[\ud800-\udbff]$/u, '');
}

/** The candidates in columns, ordered downwards, with CR LF after each row. */
export function listCandidates(candidates: readonly string[], columns: number): string {
  const listed = candidates.slice(0, MAXIMUM_LISTED).map(drawable);
  const widest = Math.max(...listed.map(({ width }) => width)) + GAP;
  const across = Math.max(1, Math.floor(columns / widest));
  const down = Math.ceil(listed.length / across);
  let output = '';
  for (let row = 0; row < down; row += 1) {
    for (let index = row; index < listed.length; index += down) {
      const { text, width } = listed[index]!;
      output += index + down < listed.length ? text + ' '.repeat(widest - width) : text;
    }
    output += '\r\n';
  }
  const left = candidates.length - listed.length;
  return left > 0 ? `${output}(${left} more)\r\n` : output;
}

/** Security: candidates are often file names, so none of their bytes may reach the terminal as a control. */
function drawable(candidate: string): { text: string; width: number } {
  const cells = promptCells(candidate.trimEnd().replaceAll(/[\n\u001b]/gu, '?'));
  return { text: cells.map((cell) => cell.text).join(''), width: cells.reduce((sum, cell) => sum + cell.width, 0) };
}
