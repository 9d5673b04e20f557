/** ECMA-48 §5.4, xterm control sequences: terminal input as text, control characters and keys, in any chunks. */
import { concatenate } from '../wire/concatenate.js';
import { nameOfSequence } from './key-names.js';
import { decodeUtf8, unfinishedLength } from './utf8.js';

/** Something that was typed or pasted. */
export type InputEvent =
  | { readonly kind: 'text'; readonly text: string }
  /** Part of a bracketed paste; line ends are LF. */
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: 'control'; readonly code: number }
  /** A key by name, such as `left`, `ctrl-left`, `alt-b`. */
  | { readonly kind: 'key'; readonly name: string };

/** What the next byte is part of. */
type Place =
  'text' | 'literal' | 'escape' | 'control-sequence' | 'console-key' | 'single-shift' | 'string' | 'string-escape';

/** All state kept between two chunks; structured-clonable. */
export interface InputDecoderState {
  place: Place;
  /** Parameters of the control sequence being received. */
  parameters: string;
  /** The start of an incomplete UTF-8 character. */
  unfinished: number[];
  pasting: boolean;
  /** The last byte of the paste was CR: an LF right after it belongs to the same line end. */
  afterReturn: boolean;
}

export function initialInputDecoderState(): InputDecoderState {
  return { place: 'text', parameters: '', unfinished: [], pasting: false, afterReturn: false };
}

const ESCAPE = 0x1b;
const BELL = 0x07;
const DELETE = 0x7f;
/** Longest parameters of any known sequence; longer ones are dropped. */
const MAXIMUM_PARAMETERS = 32;

const isControl = (byte: number) => byte < 0x20 || byte === DELETE;
/** TAB, LF and CR count as text when pasted. */
const isPastedText = (byte: number) => !isControl(byte) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
const C1_CONTROLS = /[\u0080-\u009f]/gu;

/** Where to continue in the chunk, and the meaning of the bytes before that, if they are complete and have one. */
export interface DecodedInput {
  readonly event: InputEvent | undefined;
  readonly offset: number;
}

/**
 * Decodes the next event of `chunk` from `offset`, which must be less than its length. Unknown sequences and anything
 * that is not text are dropped.
 */
export function decodeInput(state: InputDecoderState, chunk: Uint8Array, offset: number): DecodedInput {
  const byte = chunk[offset]!;
  if (byte >= 0x80 && state.place !== 'string' && state.place !== 'string-escape') state.place = 'text';
  if (state.place === 'literal') {
    state.place = 'text';
    return { event: { kind: 'text', text: String.fromCharCode(byte) }, offset: offset + 1 };
  }
  if (state.place !== 'text') {
    const event = readers[state.place](state, byte);
    return { event: event && filterPaste(state, event), offset: offset + 1 };
  }
  const isText = state.pasting ? isPastedText : (candidate: number) => !isControl(candidate);
  let end = offset;
  while (end < chunk.length && isText(chunk[end]!)) end += 1;
  if (end > offset || state.unfinished.length > 0)
    return { event: readText(state, chunk.subarray(offset, end), end === chunk.length), offset: end };
  return { event: readControl(state, byte), offset: offset + 1 };
}

/** `mayGoOn`: the run ends with the chunk, so a character may continue in the next one. */
function readText(state: InputDecoderState, run: Uint8Array, mayGoOn: boolean): InputEvent | undefined {
  const bytes = state.unfinished.length === 0 ? run : concatenate([Uint8Array.from(state.unfinished), run]);
  const whole = mayGoOn ? bytes.length - unfinishedLength(bytes) : bytes.length;
  state.unfinished = [...bytes.subarray(whole)];
  const text = decodeUtf8(bytes.subarray(0, whole)).replaceAll(C1_CONTROLS, '');
  if (text === '') return undefined;
  return state.pasting ? pasted(state, text) : { kind: 'text', text };
}

function pasted(state: InputDecoderState, given: string): InputEvent | undefined {
  const text = state.afterReturn && given.startsWith('\n') ? given.slice(1) : given;
  state.afterReturn = given.endsWith('\r');
  return text === '' ? undefined : { kind: 'paste', text: text.replaceAll(/\r\n?/gu, '\n') };
}

function readControl(state: InputDecoderState, byte: number): InputEvent | undefined {
  state.place = byte === ESCAPE ? 'escape' : 'text';
  if (byte === ESCAPE) return undefined;
  return filterPaste(state, { kind: 'control', code: byte });
}

/** Security: inside a paste only its end is special, so that pasted bytes cannot press keys. */
function filterPaste(state: InputDecoderState, event: InputEvent): InputEvent | undefined {
  if (event.kind === 'key' && (event.name === 'paste-start' || event.name === 'paste-end')) {
    state.pasting = event.name === 'paste-start';
    state.afterReturn = false;
    return undefined;
  }
  return state.pasting ? undefined : event;
}

/** How to continue, by the byte after ESC; other bytes make an alt key. */
const placeAfterEscape: ReadonlyMap<number, Place> = new Map([
  [ESCAPE, 'escape'],
  [0x5b, 'control-sequence'],
  [0x4f, 'single-shift'],
  // OSC, DCS, SOS, PM and APC: replies of terminals to queries contained in some output.
  [0x5d, 'string'],
  [0x50, 'string'],
  [0x58, 'string'],
  [0x5e, 'string'],
  [0x5f, 'string'],
]);

type Reader = (state: InputDecoderState, byte: number) => InputEvent | undefined;

/** One reader per place; each takes one byte below 80, except in strings. A control character ends every sequence. */
const readers: Readonly<Record<Exclude<Place, 'text' | 'literal'>, Reader>> = {
  escape(state, byte) {
    state.parameters = '';
    state.place = placeAfterEscape.get(byte) ?? 'text';
    if (state.place !== 'text') return undefined;
    if (byte === DELETE || byte === 0x08) return { kind: 'key', name: 'alt-backspace' };
    if (isControl(byte)) return { kind: 'control', code: byte };
    return { kind: 'key', name: `alt-${String.fromCharCode(byte).toLowerCase()}` };
  },
  'control-sequence'(state, byte) {
    if (isControl(byte)) return readControl(state, byte);
    if (byte === 0x5b && state.parameters === '') state.place = 'console-key';
    else if (byte >= 0x40) return endSequence(state, '[', byte);
    else keepParameter(state, byte);
    return undefined;
  },
  // The Linux console's function keys have one more byte after CSI [.
  'console-key'(state, byte) {
    state.place = 'text';
    return isControl(byte) ? readControl(state, byte) : undefined;
  },
  'single-shift'(state, byte) {
    if (isControl(byte)) return readControl(state, byte);
    if (byte >= 0x40) return endSequence(state, 'O', byte);
    keepParameter(state, byte);
    return undefined;
  },
  string(state, byte) {
    if (byte === ESCAPE) state.place = 'string-escape';
    else if (byte === BELL) state.place = 'text';
    else if (isControl(byte)) return readControl(state, byte);
    return undefined;
  },
  'string-escape'(state, byte) {
    if (byte >= 0x80) state.place = 'string';
    else if (byte === 0x5c) state.place = 'text';
    else return readers.escape(state, byte);
    return undefined;
  },
};

function keepParameter(state: InputDecoderState, byte: number): void {
  if (state.parameters.length <= MAXIMUM_PARAMETERS) state.parameters += String.fromCharCode(byte);
}

function endSequence(state: InputDecoderState, introducer: '[' | 'O', final: number): InputEvent | undefined {
  state.place = 'text';
  const name = nameOfSequence(introducer, state.parameters, String.fromCharCode(final));
  return name === undefined ? undefined : { kind: 'key', name };
}
