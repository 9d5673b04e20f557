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

/** Input that a command has not read and that waits for the next prompt, in bytes. */
export const MAXIMUM_UNREAD = 65_536;

/** What has to happen, in this order. The last four end or interrupt a prompt: see `LineEditorEffect`. */
export type TtyEffect =
  /** To the terminal, as it is. */
  | { readonly kind: 'output'; readonly bytes: Uint8Array }
  /** For the running command. */
  | { readonly kind: 'signal'; readonly signal: TerminalSignal }
  /** Output waits, or goes on. */
  | { readonly kind: 'flow'; readonly stopped: boolean }
  | Exclude<LineEditorEffect, { readonly kind: 'output' }>;

/** Plain data, structured-clonable: a handler may keep it and go on with it in another process. */
export interface TtyState {
  modes: TerminalModes;
  readonly discipline: LineDisciplineState;
  readonly editor: LineEditorState;
  /** Lines, or whatever came in raw mode; an empty one is VEOF. */
  readonly unread: Uint8Array[];
  unreadLength: number;
  /** Input was thrown away since there was no room, and the bell has been rung. */
  full: boolean;
}

/** RFC 4254 §6.2: what a pty-req tells. */
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
/** ^D: the end, wherever the pty has VEOF. */
const END_OF_INPUT = Uint8Array.of(4);
const ENTER = encodeUtf8('\r');
const NOTHING = new Uint8Array();

/** Bytes in, effects out. Type-ahead is what a command left unread: the next prompt gets it. */
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

  /** What the terminal sent. */
  receive(chunk: Uint8Array): TtyEffect[] {
    if (this.isPrompting) return this.#edit(this.#editor.receive(chunk));
    return this.#discipline.receive(chunk).flatMap((effect) => this.#obey(effect));
  }

  /** Shows a prompt, at the start of a row, and begins with what has been typed ahead. @throws ConfigurationError where one is shown. */
  prompt(options: PromptOptions): TtyEffect[] {
    if (this.isPrompting) throw new ConfigurationError('a prompt is shown already');
    const { discipline, unread } = this.state;
    const effects: TtyEffect[] = [];
    // Nobody could start it again: at a prompt VSTART is a key like others.
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

  /** Takes the prompt away, without a line. */
  cancel(): TtyEffect[] {
    return this.#edit({ effects: this.#editor.cancel(), rest: NOTHING });
  }

  /** The next input for a command: a line in canonical mode, empty for VEOF; undefined where there is none now. */
  read(): Uint8Array | undefined {
    const { state } = this;
    const bytes = state.unread.shift();
    if (bytes === undefined) return undefined;
    state.unreadLength -= roomOf(bytes);
    state.full = false;
    return bytes;
  }

  /**
   * The bytes that show an application's `output` on the terminal. Where a prompt is shown, the output comes above it, as
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

  /** RFC 4254 §6.7: the terminal has another size. */
  resize(columns: number, rows: number): TtyEffect[] {
    return this.#edit({ effects: this.#editor.resize(columns, rows), rest: NOTHING });
  }

  /** Takes other modes, as a program does that wants raw input. */
  setModes(modes: TerminalModes): TtyEffect[] {
    this.state.modes = modes;
    this.#editor.setModes(modes);
    return this.#discipline.setModes(modes).flatMap((effect) => this.#obey(effect));
  }

  /** The terminal will send no more: a line that was begun is entered, an empty prompt ends. */
  hangUp(): TtyEffect[] {
    const { editor } = this.state;
    const { phase, line } = editor;
    // An unfinished paste or sequence would take the Enter for its own.
    editor.input = initialInputDecoderState();
    if (phase === 'editing' && line.length > 0) return this.receive(ENTER);
    if (phase !== 'idle') return [...this.cancel(), { kind: 'end' }];
    const begun = this.#discipline.takeLine();
    return begun.length > 0 ? this.#keep(begun) : [];
  }

  /** Gives the editor one piece of type-ahead; what is behind the prompt's end waits on. */
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

  /** What is typed behind the prompt's end is for the command. It is not echoed: it came when the editor was in charge. */
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

/** VEOF takes room too, else there could be any number of them. */
const roomOf = (bytes: Uint8Array) => Math.max(1, bytes.length);

function textOf(effects: readonly LineEditorEffect[]): Uint8Array {
  return encodeUtf8(effects.map((effect) => (effect.kind === 'output' ? effect.text : '')).join(''));
}
