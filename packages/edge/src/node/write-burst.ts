/** Lets Node's event loop turn now and then while a link is written to. */

/**
 * So much is written before the loop turns, in bytes. The kernel may take all that a handler makes at once, and say so before
 * anything else runs: then nobody would be heard until that handler is done.
 */
export const MAXIMUM_BURST = 1024 * 1024;

export class WriteBurst {
  #written = 0;

  count(bytes: number): void {
    this.#written += bytes;
  }

  /** True where the next bytes should wait for `whenTurned`. */
  get isOver(): boolean {
    return this.#written >= MAXIMUM_BURST;
  }

  /** Goes on: at once, or after a burst once the loop has turned. */
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
