/** Lets Node's event loop turn regularly during long writes to a link. */

/**
 * How many bytes are written before the event loop turns. The kernel may accept everything that a handler writes at once; then
 * no other connection would be served until that handler is done.
 */
export const MAXIMUM_BURST = 1024 * 1024;

export class WriteBurst {
  #written = 0;

  count(bytes: number): void {
    this.#written += bytes;
  }

  /** Whether the next bytes should wait for `whenTurned`. */
  get isOver(): boolean {
    return this.#written >= MAXIMUM_BURST;
  }

  /** Calls back at once, or after a burst once the event loop has turned. */
  whenTurned(goOn: () => void): void {
    if (!this.isOver) {
      goOn();
      return;
    }
    setImmediate(() => {
      this.#written = 0;
      goOn();
    });
  }
}
