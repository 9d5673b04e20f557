/** A line editor in the style of GNU Readline, for the prompt of a shell. Bytes in, effects out, plain state. */
import type { TerminalModes } from '../wire/terminal-modes.js';
import { concatenate } from '../wire/concatenate.js';
import { commonStart, listCandidates, type Completion, type CompletionRequest } from './completion.js';
import { Display } from './display.js';
import { editCommands, isEditCommand, isKill } from './edit-commands.js';
import { drawableSize, initialLineEditorState, type LineEditorState } from './editor-state.js';
import { remember } from './history.js';
import { decodeInput, initialInputDecoderState, type InputEvent } from './input-decoder.js';
import { commandFor, type Command } from './keys.js';
import { characterAt, insertText, lineBuffer, lineText, remove, type LineBuffer } from './line-buffer.js';
import { isCharacter, isOn, modesInForce, type ModesInForce } from './modes.js';
import { beginSearch, endSearch, searchFor, searchPrompt } from './search.js';

/** What the editor asks for, in the order in which it must happen. */
export type LineEditorEffect =
  /** To the terminal, unchanged. */
  | { readonly kind: 'output'; readonly text: string }
  /** A line was entered, which ends its prompt. */
  | { readonly kind: 'line'; readonly line: string }
  /** VINTR: the line was discarded, which ends its prompt. */
  | { readonly kind: 'interrupt' }
  /** VEOF on an empty line: there will be no more input, and the prompt is over. */
  | { readonly kind: 'end' }
  /** Completions are wanted: answer with `complete`. Input waits until then. */
  | ({ readonly kind: 'complete' } & CompletionRequest);

/** The effects of some input, and the rest of it, which came after the prompt ended. */
export interface EditedInput {
  readonly effects: readonly LineEditorEffect[];
  readonly rest: Uint8Array;
}

export interface PromptOptions {
  /** Shown before the line. May contain line ends, colours (CSI ... m) and OSC strings; other controls are removed. */
  readonly prompt?: string;
  /** For secrets: shown instead of each character, or '' for nothing at all. Disables history and completion. */
  readonly mask?: string;
  /** Earlier lines, newest last. The entered line is added. */
  readonly history?: string[];
  /** TAB asks for completions. */
  readonly completes?: boolean;
}

const BELL = '\x07';
const LINE_END = '\r\n';
/** xterm, "bracketed paste mode": the terminal distinguishes pasted from typed text. */
const BRACKETED_PASTE_ON = '\x1b[?2004h';
const BRACKETED_PASTE_OFF = '\x1b[?2004l';
/** Input kept while waiting for completions, in bytes. */
const MAXIMUM_HELD = 65_536;
const NOTHING = new Uint8Array();

/** One terminal's line editor. `state` may be saved at any time and given to another one. */
export class LineEditor {
  readonly state: LineEditorState;
  #modes: ModesInForce;
  #display: Display;
  #effects: LineEditorEffect[] = [];
  #output = '';
  #stale = false;

  constructor(modes: TerminalModes = {}, state: LineEditorState = initialLineEditorState()) {
    this.#modes = modesInForce(modes);
    this.state = state;
    this.#display = new Display(state, this.#shownPrompt());
    if (state.phase === 'idle') return;
    state.line.changedFrom = 0;
    this.#display.update(this.#shownLine());
  }

  setModes(modes: TerminalModes): void {
    this.#modes = modesInForce(modes);
  }

  /** Shows a prompt, at the start of a row, and starts a line. */
  begin({ prompt = '', mask, history = [], completes = false }: PromptOptions): LineEditorEffect[] {
    const { state } = this;
    Object.assign(state, {
      phase: 'editing',
      top: 0,
      prompt,
      mask: mask ?? null,
      completes,
      line: lineBuffer(),
      history,
      position: history.length,
      draft: lineBuffer(),
      search: null,
      previous: 'other',
      input: initialInputDecoderState(),
    } satisfies Partial<LineEditorState>);
    this.#display = new Display(state, this.#shownPrompt());
    if (isOn(this.#modes, 'ECHO')) this.#output += BRACKETED_PASTE_ON;
    this.#stale = true;
    return this.#settle();
  }

  /** Handles input from the terminal while the prompt is shown. */
  receive(chunk: Uint8Array): EditedInput {
    const { state } = this;
    if (state.phase === 'completing') return this.#hold(chunk);
    let offset = 0;
    while (offset < chunk.length && state.phase === 'editing') {
      const decoded = decodeInput(state.input, chunk, offset);
      offset = decoded.offset;
      if (decoded.event !== undefined) this.#take(decoded.event);
    }
    const rest = chunk.subarray(offset);
    return this.#isCompleting() ? this.#hold(rest) : { effects: this.#settle(), rest };
  }

  /** The answer to a `complete` effect. Input typed since is handled now. */
  complete({ start, candidates }: Completion): EditedInput {
    const { state } = this;
    if (state.phase !== 'completing') return { effects: [], rest: NOTHING };
    const { held, line } = state;
    state.held = NOTHING;
    state.phase = 'editing';
    const from = Math.min(line.cursor, characterAt(line, start));
    const word = line.characters.slice(from, line.cursor).join('');
    const completed = commonStart(candidates);
    if (candidates.length > 0 && completed !== word && completed.length >= word.length) {
      remove(line, from, line.cursor);
      if (!insertText(line, completed)) this.#bell();
    } else if (candidates.length > 1 && state.previous === 'complete') {
      this.#list(candidates);
    } else {
      this.#bell();
    }
    state.previous = 'complete';
    this.#stale = true;
    const effects = this.#settle();
    const received = this.receive(held);
    return { effects: [...effects, ...received.effects], rest: received.rest };
  }

  /** The terminal has a new size. */
  resize(columns: number, rows: number): LineEditorEffect[] {
    const size = drawableSize(columns, rows);
    if (this.state.phase === 'idle') {
      Object.assign(this.state, size);
      return [];
    }
    this.#output += this.#display.resize(size.columns, size.rows, this.#shownLine());
    this.#stale = true;
    return this.#settle();
  }

  /** Removes prompt and line from the screen, so that something else can be written there; `show` restores them. */
  hide(): LineEditorEffect[] {
    if (this.state.phase !== 'idle') this.#output += this.#display.erase();
    return this.#flush();
  }

  show(): LineEditorEffect[] {
    this.#stale = this.state.phase !== 'idle';
    return this.#settle();
  }

  /** Ends the prompt without a line. */
  cancel(): LineEditorEffect[] {
    if (this.state.phase !== 'idle') this.#finish('');
    return this.#flush();
  }

  #isCompleting(): boolean {
    return this.state.phase === 'completing';
  }

  /** Keeps input until completions arrive; VINTR does not wait for them. */
  #hold(chunk: Uint8Array): EditedInput {
    const { state } = this;
    const modes = this.#modes;
    const interrupt = isOn(modes, 'ISIG') ? chunk.findIndex((byte) => isCharacter(modes, 'VINTR', byte)) : -1;
    if (interrupt >= 0) {
      state.held = NOTHING;
      state.phase = 'editing';
      this.#interrupt();
      return { effects: this.#settle(), rest: chunk.subarray(interrupt + 1) };
    }
    const room = MAXIMUM_HELD - state.held.length;
    if (chunk.length > room) this.#bell();
    state.held = concatenate([state.held, chunk.slice(0, room)]);
    return { effects: this.#flush(), rest: NOTHING };
  }

  #take(event: InputEvent): void {
    const { state } = this;
    this.#stale = true;
    if (event.kind === 'text' || event.kind === 'paste') {
      this.#insert(event.text);
      state.previous = 'other';
      return;
    }
    const command = commandFor(event, this.#modes);
    if (command === undefined) return;
    if (state.search !== null && this.#search(command)) return;
    this.#carryOut(command);
    if (command !== 'complete') state.previous = isKill(command) ? 'kill' : 'other';
  }

  #insert(text: string): void {
    const { state } = this;
    const { search } = state;
    if (search === null) {
      if (!insertText(state.line, text)) this.#bell();
      return;
    }
    let done = true;
    for (const character of text) done = searchFor(state, search.query + character, 'here') && done;
    this.#output += this.#display.setPrompt(this.#shownPrompt());
    if (!done) this.#bell();
  }

  /** Handles a key during a search; false if that ended the search and the key has its usual meaning. */
  #search(command: Command): boolean {
    const { state } = this;
    const query = state.search?.query ?? '';
    let done = true;
    if (command === 'search-backward') done = searchFor(state, query, 'before');
    else if (command === 'delete-left') done = searchFor(state, query.replace(/.$/su, ''), 'newest');
    else endSearch(state, command === 'give-up');
    this.#output += this.#display.setPrompt(this.#shownPrompt());
    if (!done) this.#bell();
    return state.search !== null || command === 'give-up';
  }

  #carryOut(command: Command): void {
    const { state } = this;
    if (isEditCommand(command)) {
      if (!editCommands[command](state)) this.#bell();
      return;
    }
    switch (command) {
      case 'accept':
        return this.#accept();
      case 'interrupt':
        return this.#interrupt();
      case 'delete-right-or-end':
        return this.#deleteRightOrEnd();
      case 'complete':
        return this.#askCompletion();
      case 'search-backward':
        if (state.mask === null) beginSearch(state);
        this.#output += this.#display.setPrompt(this.#shownPrompt());
        return;
      case 'quote':
        state.input.place = 'literal';
        return;
      case 'redraw':
        this.#output += this.#display.clear();
        return;
      case 'give-up':
        this.#bell();
    }
  }

  #accept(): void {
    const { state } = this;
    const line = lineText(state.line);
    if (state.mask === null) remember(state.history, line);
    this.#finish('');
    this.#push({ kind: 'line', line });
  }

  #interrupt(): void {
    const modes = this.#modes;
    this.#finish(isOn(modes, 'ECHOCTL') ? `^${String.fromCharCode(modes.VINTR ^ 0x40)}` : '');
    this.#push({ kind: 'interrupt' });
  }

  #deleteRightOrEnd(): void {
    const { state } = this;
    if (state.line.characters.length > 0) {
      if (!editCommands['delete-right'](state)) this.#bell();
      return;
    }
    this.#finish('');
    this.#push({ kind: 'end' });
  }

  #askCompletion(): void {
    const { state } = this;
    if (!state.completes || state.mask !== null) {
      this.#bell();
      return;
    }
    const { line } = state;
    state.phase = 'completing';
    const cursor = line.characters.slice(0, line.cursor).join('').length;
    this.#redraw();
    this.#push({ kind: 'complete', line: lineText(line), cursor });
  }

  #list(candidates: readonly string[]): void {
    this.#output += this.#display.leave() + LINE_END + listCandidates(candidates, this.state.columns);
  }

  /** Leaves the typed text on the screen, followed by `mark`, and goes to the next row. */
  #finish(mark: string): void {
    const { state } = this;
    state.line.cursor = state.line.characters.length;
    this.#redraw();
    state.phase = 'idle';
    if (isOn(this.#modes, 'ECHO')) this.#output += `${this.#display.leave()}${mark}${BRACKETED_PASTE_OFF}${LINE_END}`;
    else if (isOn(this.#modes, 'ECHONL')) this.#output += LINE_END;
    state.line = lineBuffer();
    state.draft = lineBuffer();
  }

  #bell(): void {
    if (!this.#output.endsWith(BELL)) this.#output += BELL;
  }

  #shownPrompt(): string {
    const { search, prompt } = this.state;
    return search === null ? prompt : searchPrompt(search);
  }

  /** The line as displayed: nothing with -ECHO, as in Readline, or with an empty mask. */
  #shownLine(): LineBuffer {
    const { line, mask } = this.state;
    if (!isOn(this.#modes, 'ECHO') || mask === '') return lineBuffer();
    return mask === null ? line : { ...line, characters: line.characters.map(() => mask) };
  }

  #redraw(): void {
    this.#stale = false;
    this.#output += this.#display.update(this.#shownLine());
  }

  #settle(): LineEditorEffect[] {
    if (this.#stale && this.state.phase !== 'idle') this.#redraw();
    return this.#flush();
  }

  /** Adds an effect, after what must be written before it. */
  #push(effect: LineEditorEffect): void {
    if (this.#output !== '') this.#effects.push({ kind: 'output', text: this.#output });
    this.#output = '';
    this.#effects.push(effect);
  }

  /** All effects so far. */
  #flush(): LineEditorEffect[] {
    const effects = this.#effects;
    if (this.#output !== '') effects.push({ kind: 'output', text: this.#output });
    this.#effects = [];
    this.#output = '';
    return effects;
  }
}
