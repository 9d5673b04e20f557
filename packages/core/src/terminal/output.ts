/** RFC 4254 §8, POSIX termios c_oflag: how an application's output is processed on its way to the terminal. */
import { isOn, type ModesInForce } from './modes.js';

const BACKSPACE = 0x08;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const ESCAPE = 0x1b;
const TAB_WIDTH = 8;

/** The terminal's cursor as far as output determines it; wide characters count as one column, as in a kernel. */
export interface OutputState {
  column: number;
  /** An unfinished escape sequence in the output, which takes no columns. */
  sequence: 'none' | 'escape' | 'control' | 'string';
}

export function initialOutputState(): OutputState {
  return { column: 0, sequence: 'none' };
}

/** Tracks the cursor over `bytes` that are sent to the terminal unchanged. */
function follow(state: OutputState, modes: ModesInForce, bytes: Uint8Array): void {
  const lastReturn = bytes.lastIndexOf(CARRIAGE_RETURN);
  const lastFeed = isOn(modes, 'ONLRET') ? bytes.lastIndexOf(LINE_FEED) : -1;
  const lineStart = Math.max(lastReturn, lastFeed) + 1;
  if (lineStart > 0) {
    state.column = 0;
    state.sequence = 'none';
  }
  for (let index = lineStart; index < bytes.length; index += 1) advance(state, bytes[index]!);
}

function advance(state: OutputState, byte: number): void {
  if (state.sequence !== 'none') {
    state.sequence = nextInSequence(state.sequence, byte);
  } else if (byte === ESCAPE) {
    state.sequence = 'escape';
  } else if (byte === TAB) {
    state.column += TAB_WIDTH - (state.column % TAB_WIDTH);
  } else if (byte === BACKSPACE) {
    state.column = Math.max(0, state.column - 1);
  } else if (byte >= 0x20 && byte !== 0x7f && (byte & 0xc0) !== 0x80) {
    state.column += 1;
  }
}

/** ECMA-48 §5.3 and §5.4, as far as needed to find the end of a sequence. */
function nextInSequence(sequence: OutputState['sequence'], byte: number): OutputState['sequence'] {
  if (byte === ESCAPE) return 'escape';
  if (sequence === 'string') return byte === 0x07 ? 'none' : 'string';
  if (sequence === 'control') return byte >= 0x40 && byte <= 0x7e ? 'none' : 'control';
  if (byte === 0x5b) return 'control';
  if (byte === 0x5d || byte === 0x50) return 'string';
  return byte >= 0x20 && byte < 0x30 ? 'escape' : 'none';
}

/** OPOST, ONLCR, OCRNL, ONOCR, ONLRET. Returns `bytes` itself if nothing changes. */
export function formatOutput(state: OutputState, modes: ModesInForce, bytes: Uint8Array): Uint8Array {
  const formatted = isOn(modes, 'OPOST') ? mapLineEnds(state, modes, bytes) : bytes;
  follow(state, modes, formatted);
  return formatted;
}

function mapLineEnds(state: OutputState, modes: ModesInForce, bytes: Uint8Array): Uint8Array {
  if (isOn(modes, 'OCRNL') || isOn(modes, 'ONOCR') || isOn(modes, 'ONLRET')) return mapEach(state.column, modes, bytes);
  if (!isOn(modes, 'ONLCR')) return bytes;
  const lineEnds = count(bytes, LINE_FEED);
  if (lineEnds === 0) return bytes;
  const mapped = new Uint8Array(bytes.length + lineEnds);
  let length = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]!;
    if (byte === LINE_FEED) mapped[length++] = CARRIAGE_RETURN;
    mapped[length++] = byte;
  }
  return mapped;
}

function count(bytes: Uint8Array, wanted: number): number {
  let found = 0;
  for (let index = bytes.indexOf(wanted); index >= 0; index = bytes.indexOf(wanted, index + 1)) found += 1;
  return found;
}

/** The rare mappings, byte by byte. Only whether the cursor is in column 0 matters here. */
function mapEach(column: number, modes: ModesInForce, bytes: Uint8Array): Uint8Array {
  const mapped: number[] = [];
  let atStart = column === 0;
  for (const byte of bytes) {
    if (byte === LINE_FEED) {
      if (isOn(modes, 'ONLCR')) mapped.push(CARRIAGE_RETURN);
      mapped.push(LINE_FEED);
      atStart ||= isOn(modes, 'ONLCR') || isOn(modes, 'ONLRET');
    } else if (byte === CARRIAGE_RETURN) {
      if (isOn(modes, 'ONOCR') && atStart) continue;
      mapped.push(isOn(modes, 'OCRNL') ? LINE_FEED : CARRIAGE_RETURN);
      atStart ||= !isOn(modes, 'OCRNL') || isOn(modes, 'ONLRET');
    } else {
      mapped.push(byte);
      atStart = false;
    }
  }
  return Uint8Array.from(mapped);
}
