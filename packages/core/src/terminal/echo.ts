/** RFC 4254 §8, POSIX termios c_lflag: how a terminal echoes typed bytes, and erases them. */
import { concatenate } from '../wire/concatenate.js';
import type { LineDisciplineState } from './line-discipline-state.js';
import { isOn, type ModesInForce } from './modes.js';
import { formatOutput } from './output.js';
import { decodeUtf8, encodeUtf8, unfinishedLength } from './utf8.js';
import { characterWidth } from './width.js';

export const BELL = 0x07;
const BACKSPACE = 0x08;
const TAB = 0x09;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const DELETE = 0x7f;
const TAB_WIDTH = 8;
const REPLACEMENT = [0xef, 0xbf, 0xbd];
const C1_CONTROLS = /[\u0080-\u009f]/gu;
const ZERO_WIDTH_JOINER = '\u200d';
/** Longest character that one erase removes, in bytes. */
const MAXIMUM_CHARACTER_LENGTH = 64;
/** Most bytes that VREPRINT repeats per chunk: otherwise every byte of the chunk could ask for a whole line. */
const MAXIMUM_REPRINT = 65_536;

const isControl = (byte: number) => byte < SPACE || byte === DELETE;
const isContinuation = (byte: number) => (byte & 0xc0) === 0x80;

/** Collects the echo of one `receive`. */
export class Echo {
  readonly #state: LineDisciplineState;
  readonly #modes: ModesInForce;
  /** Already formatted. */
  #ready: Uint8Array[] = [];
  #bytes: number[] = [];
  #reprinted = 0;

  constructor(state: LineDisciplineState, modes: ModesInForce) {
    this.#state = state;
    this.#modes = modes;
  }

  /** Takes what must be written to the terminal now. */
  take(): Uint8Array {
    this.#format();
    const taken = concatenate(this.#ready);
    this.#ready = [];
    return taken;
  }

  get isEmpty(): boolean {
    return this.#ready.length === 0 && this.#bytes.length === 0;
  }

  /** Updates the cursor's column. */
  #format(): void {
    if (this.#bytes.length === 0) return;
    this.#ready.push(formatOutput(this.#state.output, this.#modes, Uint8Array.from(this.#bytes)));
    this.#bytes = [];
  }

  /** Bytes that move the cursor or ring the bell, unchanged. */
  raw(...bytes: number[]): void {
    this.#bytes.push(...bytes);
  }

  /**
   * One typed byte. Control characters are shown as ^X if ECHOCTL is on. Security: without ECHOCTL a kernel echoes them
   * raw; here they are left out, so that a typist cannot send escape sequences to others who watch this terminal.
   */
  byte(byte: number): void {
    const { unfinished } = this.#state;
    if (byte >= 0x80) {
      unfinished.push(byte);
      this.#settle();
      return;
    }
    if (unfinished.length > 0) {
      this.raw(...REPLACEMENT);
      unfinished.length = 0;
    }
    if (!isControl(byte)) this.raw(byte);
    else if (byte === TAB) this.#tab();
    else if (isOn(this.#modes, 'ECHOCTL')) this.raw(0x5e, byte ^ 0x40);
    else if (byte === CARRIAGE_RETURN || byte === BELL || byte === BACKSPACE) this.raw(byte);
  }

  /** A character is shown once it is complete. */
  #settle(): void {
    const { unfinished } = this.#state;
    const whole = unfinished.splice(0, unfinished.length - unfinishedLength(Uint8Array.from(unfinished)));
    if (whole.length === 0) return;
    this.raw(...encodeUtf8(decodeUtf8(Uint8Array.from(whole)).replaceAll(C1_CONTROLS, '')));
  }

  #tab(): void {
    const { output, tabs } = this.#state;
    this.#format();
    if (isOn(this.#modes, 'ICANON')) tabs.push(TAB_WIDTH - (output.column % TAB_WIDTH));
    this.raw(TAB);
  }

  /** Repeats the line on a new row. */
  reprint(reprintCharacter: number): void {
    const { line, tabs } = this.#state;
    this.#reprinted += line.length;
    if (this.#reprinted > MAXIMUM_REPRINT) return;
    this.byte(reprintCharacter);
    this.raw(LINE_FEED);
    tabs.length = 0;
    for (const byte of line) this.byte(byte);
  }

  /** Removes the last character of the line, also from the screen if `visibly`; returns its first byte. */
  eraseCharacter(visibly: boolean): number {
    const { line, tabs, unfinished } = this.#state;
    unfinished.length = 0;
    const from = isOn(this.#modes, 'IUTF8') ? lastCharacterStart(line) : line.length - 1;
    const removed = line.splice(from);
    const first = removed[0] ?? 0;
    let width = 1;
    if (first === TAB) width = tabs.pop() ?? 0;
    else if (isControl(first)) width = isOn(this.#modes, 'ECHOCTL') ? 2 : 0;
    else if (first >= 0x80) width = characterWidth(decodeUtf8(Uint8Array.from(removed)).replaceAll(C1_CONTROLS, ''));
    if (!visibly) return first;
    for (let column = 0; column < width; column += 1)
      if (first === TAB) this.raw(BACKSPACE);
      else this.raw(BACKSPACE, SPACE, BACKSPACE);
    return first;
  }
}

/** Where the last character starts: a code point with its combining marks and whatever a joiner attaches to it. */
function lastCharacterStart(line: readonly number[]): number {
  const least = Math.max(0, line.length - MAXIMUM_CHARACTER_LENGTH);
  let start = line.length;
  do {
    let before = start - 1;
    while (before > least && isContinuation(line[before]!)) before -= 1;
    const width = characterWidth(decodeUtf8(Uint8Array.from(line.slice(before, start))));
    start = before;
    if (line[start]! < 0x80 || (width > 0 && !endsWithJoiner(line, start))) break;
  } while (start > least);
  return start;
}

function endsWithJoiner(line: readonly number[], end: number): boolean {
  return decodeUtf8(Uint8Array.from(line.slice(Math.max(0, end - 3), end))) === ZERO_WIDTH_JOINER;
}
