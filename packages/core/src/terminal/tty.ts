/** A terminal as a shell sees it: a line editor while a prompt is shown, the line discipline while a command runs. */
import { ConfigurationError } from '../errors.js';
import type { TerminalModes } from '../wire/terminal-modes.js';
import { concatenate } from '../wire/concatenate.js';
import type { Completion } from './completion.js';
import { initialLineEditorState, type LineEditorState } from './editor-state.js';
import { initialInputDecoderState } from './input-decoder.js';
import { LineDiscipline, type LineDisciplineEffect, type TerminalSignal } from './line-discipline.js';
import { initialLineDisciplineState, type LineDisciplineState } from './line-discipline-state.js';
import { LineEditor, type EditedInput, type LineEditorEffect, type PromptOptions } from './line-editor.js';
import { encodeUtf8 } from './utf8.js';

/** Unread input of a command that is kept for the next prompt, in bytes. */
export const MAXIMUM_UNREAD = 65_536;

/** What must happen, in order. The last four end or interrupt a prompt: see `LineEditorEffect`. */
export type TtyEffect =
  /** To the terminal, unchanged. */
  | { readonly kind: 'output'; readonly bytes: Uint8Array }
  /** For the running command. */
  | { readonly kind: 'signal'; readonly signal: TerminalSignal }
  /** Output stops, or continues. */
  | { readonly kind: 'flow'; readonly stopped: boolean }
  | Exclude<LineEditorEffect, { readonly kind: 'output' }>;

/** Plain data, structured-clonable: a handler may save it and continue in another process. */
export interface TtyState {
  modes: TerminalModes;
  readonly discipline: LineDisciplineState;
  readonly editor: LineEditorState;
  /** Lines, or chunks of raw input; an empty one is VEOF. */
  readonly unread: Uint8Array[];
  unreadLength: number;
  /** Input was discarded for lack of room, and the bell has been rung. */
  full: boolean;
}

/** RFC 4254 §6.2: the contents of a pty-req. */
export interface TtyOptions {
  readonly modes?: TerminalModes;
  /** In characters. */
  readonly columns?: number;
  readonly rows?: number;
}

export function initialTtyState({ modes = {}, columns = 0, rows = 0 }: TtyOptions = {}): TtyState {
  return {
    modes,
    discipline: initialLineDisciplineState(),
    editor: initialLineEditorState(columns, rows),
    unread: [],
    unreadLength: 0,
    full: false,
  };
}

const BELL = Uint8Array.of(0x07);
const LINE_END = encodeUtf8('\r\n');
/** ^D: end of input, whatever VEOF is on the pty. */
const END_OF_INPUT = Uint8Array.of(4);
const ENTER = encodeUtf8('\r');
const NOTHING = new Uint8Array();

/** Bytes in, effects out. Type-ahead is input that a command left unread: the next prompt gets it. */
export class Tty {
  readonly state: TtyState;
  readonly #discipline: LineDiscipline;
  readonly #editor: LineEditor;

  constructor(state: TtyState = initialTtyState()) {
    this.state = state;
    this.#discipline = new LineDiscipline(state.modes, state.discipline);
    this.#editor = new LineEditor(state.modes, state.editor);
  }

  /** Whether a prompt is shown. */
  get isPrompting(): boolean {
    return this.state.editor.phase !== 'idle';
  }

  /** Handles input from the terminal. */
  receive(chunk: Uint8Array): TtyEffect[] {
    if (this.isPrompting) return this.#edit(this.#editor.receive(chunk));
    return this.#discipline.receive(chunk).flatMap((effect) => this.#obey(effect));
  }

  /** Shows a prompt, at the start of a row, and first handles the type-ahead. @throws ConfigurationError if one is shown already. */
  prompt(options: PromptOptions): TtyEffect[] {
    if (this.isPrompting) throw new ConfigurationError('a prompt is shown already');
    const { discipline, unread } = this.state;
    const effects: TtyEffect[] = [];
    // Nothing could restart it: at a prompt VSTART is an ordinary key.
    if (discipline.stopped) effects.push({ kind: 'flow', stopped: false });
    discipline.stopped = false;
    discipline.literal = false;
    if (discipline.output.column > 0) effects.push({ kind: 'output', bytes: LINE_END });
    discipline.output.column = 0;
    effects.push(...this.#edit({ effects: this.#editor.begin(options), rest: NOTHING }));
    while (this.isPrompting && unread.length > 0) effects.push(...this.#editTypeAhead());
    if (this.isPrompting) effects.push(...this.#edit(this.#editor.receive(this.#discipline.takeLine())));
    return effects;
  }

  /** The answer to a `complete` effect. */
  complete(completion: Completion): TtyEffect[] {
    return this.#edit(this.#editor.complete(completion));
  }

  /** Removes the prompt, without a line. */
  cancel(): TtyEffect[] {
    return this.#edit({ effects: this.#editor.cancel(), rest: NOTHING });
  }

  /** The next input for a command: a line in canonical mode, empty for VEOF; undefined if there is none now. */
  read(): Uint8Array | undefined {
    const { state } = this;
    const bytes = state.unread.shift();
    if (bytes === undefined) return undefined;
    state.unreadLength -= roomOf(bytes);
    state.full = false;
    return bytes;
  }

  /**
   * The bytes that show an application's `output` on the terminal. If a prompt is shown, the output goes above it, on
   * rows of its own.
   */
  write(output: Uint8Array): Uint8Array {
    if (!this.isPrompting) return this.#discipline.format(output);
    const { discipline } = this.state;
    const hidden = textOf(this.#editor.hide());
    const formatted = this.#discipline.format(output);
    const ended = discipline.output.column > 0 ? LINE_END : NOTHING;
    discipline.output.column = 0;
    return concatenate([hidden, formatted, ended, textOf(this.#editor.show())]);
  }

  /** RFC 4254 §6.7: the terminal has a new size. */
  resize(columns: number, rows: number): TtyEffect[] {
    return this.#edit({ effects: this.#editor.resize(columns, rows), rest: NOTHING });
  }

  /** Changes the modes, for programs that want raw input. */
  setModes(modes: TerminalModes): TtyEffect[] {
    this.state.modes = modes;
    this.#editor.setModes(modes);
    return this.#discipline.setModes(modes).flatMap((effect) => this.#obey(effect));
  }

  /** The terminal will send no more: an unfinished line is entered, an empty prompt ends. */
  hangUp(): TtyEffect[] {
    const { editor } = this.state;
    const { phase, line } = editor;
    // An unfinished paste or sequence would swallow the Enter.
    editor.input = initialInputDecoderState();
    if (phase === 'editing' && line.length > 0) return this.receive(ENTER);
    if (phase !== 'idle') return [...this.cancel(), { kind: 'end' }];
    const begun = this.#discipline.takeLine();
    return begun.length > 0 ? this.#keep(begun) : [];
  }

  /** Gives the editor one piece of type-ahead; what follows the end of the prompt stays queued. */
  #editTypeAhead(): TtyEffect[] {
    const { state } = this;
    const bytes = this.read() ?? NOTHING;
    const { effects, rest } = this.#editor.receive(bytes.length > 0 ? bytes : END_OF_INPUT);
    if (rest.length > 0) {
      state.unread.unshift(rest.slice());
      state.unreadLength += roomOf(rest);
    }
    return this.#edit({ effects, rest: NOTHING });
  }

  /** Input after the end of the prompt is for the command. It is not echoed: it arrived while the editor was in charge. */
  #edit({ effects: edited, rest }: EditedInput): TtyEffect[] {
    const effects = edited.map((effect): TtyEffect =>
      effect.kind === 'output' ? { kind: 'output', bytes: encodeUtf8(effect.text) } : effect,
    );
    const behind = this.#discipline.receive(rest).filter(({ kind }) => kind !== 'echo');
    if (rest.length > 0) this.state.discipline.output.column = 0;
    return [...effects, ...behind.flatMap((effect) => this.#obey(effect))];
  }

  #obey(effect: LineDisciplineEffect): TtyEffect[] {
    const { state } = this;
    switch (effect.kind) {
      case 'echo':
        return [{ kind: 'output', bytes: effect.bytes }];
      case 'input':
        return this.#keep(effect.bytes);
      case 'end':
        return this.#keep(NOTHING);
      case 'flow':
        return [effect];
      case 'signal':
        if (effect.discards) {
          state.unread.length = 0;
          state.unreadLength = 0;
          state.full = false;
        }
        return [{ kind: 'signal', signal: effect.signal }];
    }
  }

  #keep(bytes: Uint8Array): TtyEffect[] {
    const { state } = this;
    if (state.unreadLength + roomOf(bytes) <= MAXIMUM_UNREAD) {
      state.unread.push(bytes.slice());
      state.unreadLength += roomOf(bytes);
      return [];
    }
    const rings = !state.full;
    state.full = true;
    return rings ? [{ kind: 'output', bytes: BELL }] : [];
  }
}

/** VEOF takes room too; otherwise there could be any number of them. */
const roomOf = (bytes: Uint8Array) => Math.max(1, bytes.length);

function textOf(effects: readonly LineEditorEffect[]): Uint8Array {
  return encodeUtf8(effects.map((effect) => (effect.kind === 'output' ? effect.text : '')).join(''));
}
