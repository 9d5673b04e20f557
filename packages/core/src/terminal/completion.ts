/** Completion of a word: what an application answers, and how a list of candidates is shown. */
import { promptCells } from './layout.js';

/** What the application is asked: to complete what stands before `cursor` (in UTF-16 units) of `line`. */
export interface CompletionRequest {
  readonly line: string;
  readonly cursor: number;
}

export interface Completion {
  /** Where in the line the text begins that a candidate takes the place of, in UTF-16 units; it ends at the cursor. */
  readonly start: number;
  /** The whole texts that could stand there. A candidate that ends a word brings its own space behind it. */
  readonly candidates: readonly string[];
}

/** Most candidates that a list shows; a further row tells how many more there are. */
const MAXIMUM_LISTED = 200;
const GAP = 2;

/** What all texts begin with; a surrogate pair is not cut apart. */
export function commonStart(texts: readonly string[]): string {
  let start = texts[0] ?? '';
  for (const text of texts) {
    let length = 0;
    while (length < start.length && start[length] === text[length]) length += 1;
    start = start.slice(0, length);
  }
  return start.replace(/[\ud800-\udbff]$/u, '');
}

/** The candidates in columns that are read downward, each row with CR LF behind it. */
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

/** Security: candidates are often names of files, so no byte of theirs reaches the terminal as a control. */
function drawable(candidate: string): { text: string; width: number } {
  const cells = promptCells(candidate.trimEnd().replaceAll(/[\n\u001b]/gu, '?'));
  return { text: cells.map((cell) => cell.text).join(''), width: cells.reduce((sum, cell) => sum + cell.width, 0) };
}
