/** What the user types or pastes, on its way to a session. */

/** How much input may wait for the peer's window, in bytes: enough for a very large paste. */
const MAXIMUM_WAITING = 1024 * 1024;
const utf8 = new TextEncoder();

export interface TerminalInput {
  text(this: void, text: string): void;
  bytes(this: void, bytes: Uint8Array): void;
}

/** Sends in order, one write after another. Input that does not fit is dropped: nobody could wait for room. */
export function createInput(write: (bytes: Uint8Array) => Promise<void>): TerminalInput {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  const bytes = (chunk: Uint8Array): void => {
    if (chunk.length === 0 || waiting + chunk.length > MAXIMUM_WAITING) return;
    waiting += chunk.length;
    last = last
      .then(() => write(chunk))
      // A session that is over takes no input; its end is reported elsewhere.
      .catch(() => undefined)
      .finally(() => {
        waiting -= chunk.length;
      });
  };
  return { bytes, text: (text) => bytes(utf8.encode(text)) };
}

/** xterm.js passes bytes that are not text (some mouse reports) as one character each. */
export function binaryInput(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
