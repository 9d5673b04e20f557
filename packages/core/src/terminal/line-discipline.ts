/** RFC 4254 §8, POSIX termios: the line discipline of a terminal without an OS pty. Bytes in, effects out, plain state. */
import type { TerminalModes } from '../wire/terminal-modes.js';
import { BELL, CARRIAGE_RETURN, Echo, LINE_FEED } from './echo.js';
import { initialLineDisciplineState, type LineDisciplineState } from './line-discipline-state.js';
import { isCharacter, isOn, modesInForce, type ModesInForce } from './modes.js';
import { formatOutput } from './output.js';

/** Longest line, in bytes. */
export const MAXIMUM_LINE_LENGTH = 65_536;

/** RFC 4254 §6.10: the signals that a terminal sends. */
export type TerminalSignal = 'INT' | 'QUIT' | 'TSTP';

/** What `receive` asks for, in the order in which it must happen. */
export type LineDisciplineEffect =
  /** To the terminal, unchanged. */
  | { readonly kind: 'echo'; readonly bytes: Uint8Array }
  /** To the application: in canonical mode a line with its line end (without one, if VEOF ended it), else whatever came. */
  | { readonly kind: 'input'; readonly bytes: Uint8Array }
  /** VEOF at the start of a line. */
  | { readonly kind: 'end' }
  /** `discards`: input that the application has not read yet must be discarded. */
  | { readonly kind: 'signal'; readonly signal: TerminalSignal; readonly discards: boolean }
  /** VSTOP and VSTART: output stops, or continues. */
  | { readonly kind: 'flow'; readonly stopped: boolean };

const signalRows = [
  ['VINTR', 'INT'],
  ['VQUIT', 'QUIT'],
  ['VSUSP', 'TSTP'],
] as const;

/** The effects of one call of `receive`, with adjacent ones of the same kind merged. */
class Outcome {
  readonly effects: LineDisciplineEffect[] = [];
  readonly echo: Echo;
  #input: number[] = [];

  constructor(echo: Echo) {
    this.echo = echo;
  }

  input(byte: number): void {
    this.#input.push(byte);
  }

  push(effect: LineDisciplineEffect): void {
    this.settle();
    this.effects.push(effect);
  }

  settle(): void {
    if (!this.echo.isEmpty) this.effects.push({ kind: 'echo', bytes: this.echo.take() });
    if (this.#input.length > 0) this.effects.push({ kind: 'input', bytes: Uint8Array.from(this.#input) });
    this.#input = [];
  }
}

/** One terminal's line discipline. `state` may be saved at any time and given to another one. */
export class LineDiscipline {
  readonly state: LineDisciplineState;
  #modes: ModesInForce;

  constructor(modes: TerminalModes = {}, state: LineDisciplineState = initialLineDisciplineState()) {
    this.#modes = modesInForce(modes);
    this.state = state;
  }

  /** Applies new modes; if ICANON is turned off, the unfinished line becomes input at once. */
  setModes(modes: TerminalModes): LineDisciplineEffect[] {
    this.#modes = modesInForce(modes);
    this.state.literal = false;
    if (isOn(this.#modes, 'ICANON') || this.state.line.length === 0) return [];
    return [{ kind: 'input', bytes: this.takeLine() }];
  }

  /** Takes the line typed so far, leaving it empty. */
  takeLine(): Uint8Array {
    const { state } = this;
    const bytes = Uint8Array.from(state.line);
    state.line = [];
    state.tabs = [];
    state.unfinished = [];
    state.full = false;
    return bytes;
  }

  /** An application's output as the terminal must receive it; `output` itself if nothing changes. */
  format(output: Uint8Array): Uint8Array {
    return formatOutput(this.state.output, this.#modes, output);
  }

  /** Handles input from the terminal. In raw mode the bytes of `input` are a view of `chunk`. */
  receive(chunk: Uint8Array): LineDisciplineEffect[] {
    if (this.#isTransparent()) return chunk.length === 0 ? [] : [{ kind: 'input', bytes: chunk }];
    const outcome = new Outcome(new Echo(this.state, this.#modes));
    for (const byte of chunk) this.#receiveByte(byte, outcome);
    outcome.settle();
    return outcome.effects;
  }

  #isTransparent(): boolean {
    const switches = ['ICANON', 'ECHO', 'ISIG', 'IXON', 'ISTRIP', 'INLCR', 'IGNCR', 'ICRNL'] as const;
    return switches.every((name) => !isOn(this.#modes, name));
  }

  #receiveByte(received: number, outcome: Outcome): void {
    const modes = this.#modes;
    let byte = isOn(modes, 'ISTRIP') ? received & 0x7f : received;
    if (this.state.literal) {
      this.state.literal = false;
      this.#accept(byte, outcome);
      return;
    }
    if (this.#controlsFlow(byte, outcome) || this.#signals(byte, outcome)) return;
    if (byte === CARRIAGE_RETURN) {
      if (isOn(modes, 'IGNCR')) return;
      if (isOn(modes, 'ICRNL')) byte = LINE_FEED;
    } else if (byte === LINE_FEED && isOn(modes, 'INLCR')) {
      byte = CARRIAGE_RETURN;
    }
    if (isOn(modes, 'ICANON') && (this.#edits(byte, outcome) || this.#endsLine(byte, outcome))) return;
    this.#accept(byte, outcome);
  }

  #controlsFlow(byte: number, outcome: Outcome): boolean {
    const modes = this.#modes;
    if (!isOn(modes, 'IXON')) return false;
    const stops = isCharacter(modes, 'VSTOP', byte);
    const starts = isCharacter(modes, 'VSTART', byte);
    if (starts || (isOn(modes, 'IXANY') && !stops)) this.#setStopped(false, outcome);
    else if (stops) this.#setStopped(true, outcome);
    return stops || starts;
  }

  #setStopped(stopped: boolean, outcome: Outcome): void {
    if (this.state.stopped === stopped) return;
    this.state.stopped = stopped;
    outcome.push({ kind: 'flow', stopped });
  }

  #signals(byte: number, outcome: Outcome): boolean {
    const modes = this.#modes;
    if (!isOn(modes, 'ISIG')) return false;
    const row = signalRows.find(([name]) => isCharacter(modes, name, byte));
    if (row === undefined) return false;
    const discards = !isOn(modes, 'NOFLSH');
    if (discards) this.takeLine();
    this.#setStopped(false, outcome);
    if (isOn(modes, 'ECHO')) outcome.echo.byte(byte);
    outcome.push({ kind: 'signal', signal: row[1], discards });
    return true;
  }

  /** VERASE, VKILL, VWERASE, VLNEXT and VREPRINT. */
  #edits(byte: number, outcome: Outcome): boolean {
    const modes = this.#modes;
    const { state } = this;
    const extended = isOn(modes, 'IEXTEN');
    if (isCharacter(modes, 'VERASE', byte)) this.#erase(outcome.echo);
    else if (isCharacter(modes, 'VKILL', byte)) this.#kill(outcome.echo);
    else if (extended && isCharacter(modes, 'VWERASE', byte)) this.#eraseWord(outcome.echo);
    else if (extended && isCharacter(modes, 'VLNEXT', byte)) {
      state.literal = true;
      if (isOn(modes, 'ECHO') && isOn(modes, 'ECHOCTL')) outcome.echo.raw(0x5e, 0x08);
    } else if (extended && isOn(modes, 'ECHO') && isCharacter(modes, 'VREPRINT', byte)) outcome.echo.reprint(byte);
    else return false;
    if (state.line.length < MAXIMUM_LINE_LENGTH) state.full = false;
    return true;
  }

  #erase(echo: Echo): void {
    const modes = this.#modes;
    if (this.state.line.length === 0) return;
    const echoes = isOn(modes, 'ECHO');
    echo.eraseCharacter(echoes && isOn(modes, 'ECHOE'));
    if (echoes && !isOn(modes, 'ECHOE')) echo.byte(modes.VERASE);
  }

  #eraseWord(echo: Echo): void {
    const modes = this.#modes;
    const { line } = this.state;
    let seenWord = false;
    while (line.length > 0) {
      const inWord = isWordByte(line.at(-1)!);
      if (seenWord && !inWord) break;
      seenWord ||= inWord;
      echo.eraseCharacter(isOn(modes, 'ECHO'));
    }
  }

  #kill(echo: Echo): void {
    const modes = this.#modes;
    const { state } = this;
    if (state.line.length === 0) return;
    const echoes = isOn(modes, 'ECHO');
    if (echoes && isOn(modes, 'ECHOK') && isOn(modes, 'ECHOKE') && isOn(modes, 'ECHOE')) {
      while (state.line.length > 0) echo.eraseCharacter(true);
      return;
    }
    this.takeLine();
    if (echoes) echo.byte(modes.VKILL);
    if (echoes && isOn(modes, 'ECHOK')) echo.raw(LINE_FEED);
  }

  /** LF, VEOF, VEOL and VEOL2. */
  #endsLine(byte: number, outcome: Outcome): boolean {
    const modes = this.#modes;
    const { line } = this.state;
    if (isCharacter(modes, 'VEOF', byte)) {
      outcome.push(line.length > 0 ? { kind: 'input', bytes: this.takeLine() } : { kind: 'end' });
      return true;
    }
    if (byte === LINE_FEED) {
      if (isOn(modes, 'ECHO') || isOn(modes, 'ECHONL')) outcome.echo.raw(LINE_FEED);
    } else if (isCharacter(modes, 'VEOL', byte) || (isOn(modes, 'IEXTEN') && isCharacter(modes, 'VEOL2', byte))) {
      if (isOn(modes, 'ECHO')) outcome.echo.byte(byte);
    } else {
      return false;
    }
    line.push(byte);
    outcome.push({ kind: 'input', bytes: this.takeLine() });
    return true;
  }

  /** An ordinary byte. A line end is always accepted, so that a line at its limit can be ended. */
  #accept(byte: number, outcome: Outcome): void {
    const modes = this.#modes;
    const { state } = this;
    if (isOn(modes, 'ICANON')) {
      if (state.line.length >= MAXIMUM_LINE_LENGTH) {
        if (!state.full && isOn(modes, 'IMAXBEL')) outcome.echo.raw(BELL);
        state.full = true;
        return;
      }
      state.line.push(byte);
    } else {
      outcome.input(byte);
    }
    if (!isOn(modes, 'ECHO')) return;
    if (byte === LINE_FEED && !isOn(modes, 'ICANON')) outcome.echo.raw(LINE_FEED);
    else outcome.echo.byte(byte);
  }
}

/** What VWERASE considers part of a word: letters, digits, the underscore, and everything that is not ASCII. */
function isWordByte(byte: number): boolean {
  return byte >= 0x80 || /\w/.test(String.fromCharCode(byte));
}
