/** The state of a line editor between two chunks of input. */
import { initialInputDecoderState, type InputDecoderState } from './input-decoder.js';
import { lineBuffer, type LineBuffer } from './line-buffer.js';

/** A reverse incremental search through the history. */
export interface SearchState {
  query: string;
  /** Which line of the history is shown; the history's length if none has been found yet. */
  position: number;
  failed: boolean;
  /** The line before the search, for when it is given up. */
  readonly saved: LineBuffer;
}

/** Plain data, structured-clonable. */
export interface LineEditorState {
  /** `completing`: the application has been asked for completions, and input waits in `held`. */
  phase: 'idle' | 'editing' | 'completing';
  /** The terminal's size in characters. */
  columns: number;
  rows: number;
  /** The first row of prompt and line that is on the screen, if they do not fit. */
  top: number;
  prompt: string;
  /** Shown instead of each character; empty shows nothing. Null shows the line itself. */
  mask: string | null;
  completes: boolean;
  line: LineBuffer;
  history: string[];
  /** Which line of the history is being edited; the history's length for the new one. */
  position: number;
  /** The new line, while another one is being edited. */
  draft: LineBuffer;
  search: SearchState | null;
  /** The last killed text, to be yanked. */
  killed: string[];
  /** What the last key did: consecutive kills accumulate, and a second consecutive completion shows a list. */
  previous: 'kill' | 'complete' | 'other';
  input: InputDecoderState;
  held: Uint8Array;
}

/** Assumed if a size is unknown or absurd. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const MAXIMUM_SIZE = 1_000;

/** A size that can be drawn on: RFC 4254 §6.2 lets a client send 0 if it does not know. */
export function drawableSize(columns: number, rows: number): { columns: number; rows: number } {
  return {
    columns: Math.min(MAXIMUM_SIZE, Math.max(2, columns || DEFAULT_COLUMNS)),
    rows: Math.min(MAXIMUM_SIZE, rows || DEFAULT_ROWS),
  };
}

export function initialLineEditorState(columns = 0, rows = 0): LineEditorState {
  return {
    phase: 'idle',
    ...drawableSize(columns, rows),
    top: 0,
    prompt: '',
    mask: null,
    completes: false,
    line: lineBuffer(),
    history: [],
    position: 0,
    draft: lineBuffer(),
    search: null,
    killed: [],
    previous: 'other',
    input: initialInputDecoderState(),
    held: new Uint8Array(),
  };
}
