/** Tells input that the screen showed from input that it hid: passwords are typed without echo. */

/** A prompt for a secret, at the end of the cursor's line. */
const ASKS_FOR_SECRET = /(?:pass(?:word|phrase|code)?|pin|token|secret|otp|code|key)\b[^\r\n]{0,40}$/i;
/** CSI and OSC sequences, and two-character escapes: none of this is text on the screen. */
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;
/** Longer lines are left out, and this much of the screen is remembered, in characters. */
const MAXIMUM_LINE = 4096;
const MAXIMUM_PROMPT = 256;
const MAXIMUM_ECHO = 65_536;

/** Holds a line of input back until it is known whether the screen showed it. */
export class ShownInput {
  readonly #shown: (text: string) => void;
  #prompt = '';
  #typed = '';
  /** What was sent to the screen since the first character of the line. */
  #echo = '';
  #isSecret = false;

  constructor(shown: (text: string) => void) {
    this.#shown = shown;
  }

  input(text: string): void {
    for (const part of text.split(/(?<=[\r\n])/)) {
      // If a complete line has not been shown by the time typing continues, it was hidden.
      if (this.#isComplete) this.#reset();
      if (this.#typed === '') this.#isSecret = ASKS_FOR_SECRET.test(this.#prompt);
      this.#typed = `${this.#typed}${part}`.slice(0, MAXIMUM_LINE);
    }
  }

  output(text: string): void {
    const plain = text.replace(ESCAPES, '');
    if (this.#typed === '') {
      this.#prompt = lastLine(this.#prompt + plain);
      return;
    }
    const end = this.#isComplete ? plain.search(/\n/) : -1;
    this.#echo = (this.#echo + (end < 0 ? plain : plain.slice(0, end))).slice(-MAXIMUM_ECHO);
    if (end < 0) return;
    const line = this.#typed;
    const isWhole = !this.#isSecret && line.length < MAXIMUM_LINE;
    const wasShown = isWhole && isWithin(line.replace(/[\s\p{C}]/gu, ''), this.#echo);
    this.#reset();
    this.#prompt = lastLine(plain.slice(end));
    if (wasShown) this.#shown(line);
  }

  get #isComplete(): boolean {
    return /[\r\n]$/.test(this.#typed);
  }

  #reset(): void {
    this.#typed = '';
    this.#echo = '';
  }
}

function lastLine(text: string): string {
  return text.slice(Math.max(text.lastIndexOf('\n') + 1, text.length - MAXIMUM_PROMPT));
}

/** Whether `screen` contains all characters of `text`, in order. */
function isWithin(text: string, screen: string): boolean {
  let from = 0;
  for (const character of text) {
    const at = screen.indexOf(character, from);
    if (at < 0) return false;
    from = at + character.length;
  }
  return true;
}
