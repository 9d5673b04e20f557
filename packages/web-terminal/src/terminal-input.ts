/** What a person types or pastes, on its way to a session. */

/** Input that may wait for the peer's window, in bytes: a very large paste, not an endless one. */
const MAXIMUM_WAITING = 1024 * 1024;
const utf8 = new TextEncoder();

export interface TerminalInput {
  text(this: void, text: string): void;
  bytes(this: void, bytes: Uint8Array): void;
}

/** Sends in order, one write after another. What does not fit is dropped: there is nobody who could wait. */
export function createInput(write: (bytes: Uint8Array) => Promise<void>): TerminalInput {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  const bytes = (chunk: Uint8Array): void => {
    if (chunk.length === 0 || waiting + chunk.length > MAXIMUM_WAITING) return;
    waiting += chunk.length;
    last = last
      .then(() => write(chunk))
      // A session that is over takes no input; its end is told elsewhere.
      .catch(() => undefined)
      .finally(() => {
        waiting -= chunk.length;
      });
  };
  return { bytes, text: (text) => bytes(utf8.encode(text)) };
}

/** xterm.js gives bytes that are no text (some mouse reports) as one character each. */
export function binaryInput(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
