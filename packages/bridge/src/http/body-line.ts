/** RFC 9110 §15.5: the explanation in the body of a refusal, of which one line is shown. */
import type { Readable } from 'node:stream';
import { printable } from '../bridge-error.js';

/** How much of a body is read, in bytes, and for how long, in ms. */
const BODY_LIMIT = 1024;
const BODY_TIMEOUT = 1_000;
/** In characters. */
const MAX_LINE = 160;

/**
 * The first line of a body that is not blank, if it arrives in time; otherwise empty.
 *
 * @param skipped how many lines at the start of the body are framing, not text
 */
export function firstBodyLine(body: Readable, skipped: number = 0): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const finish = (): void => {
      clearTimeout(timer);
      resolve(firstLine(text.split('\n').slice(skipped).join('\n')));
    };
    const timer = setTimeout(finish, BODY_TIMEOUT);
    body.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8', 0, BODY_LIMIT);
      if (text.length >= BODY_LIMIT) finish();
    });
    for (const event of ['end', 'error', 'close'] as const) body.once(event, finish);
  });
}

function firstLine(text: string): string {
  // Of an HTML page, the text that it shows: its first line of source says nothing.
  const shown = text.trimStart().startsWith('<') ? text.replace(/<[^>]*>/g, '\n') : text;
  const line = shown.split('\n').find((each) => each.trim() !== '') ?? '';
  return printable(line).slice(0, MAX_LINE).trimEnd();
}

/** Formats the line as the end of a sentence about a status. */
export function andSaid(line: string): string {
  return line === '' ? '' : `: ${line}`;
}
