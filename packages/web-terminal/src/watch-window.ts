/** Watching must never slow a session down: output that a viewer cannot take in time is left out, and counted. */

export class WatchWindow {
  readonly #limit: number;
  #waiting = 0;
  #skipped = 0;

  /** @param limit how many bytes may be on their way to the viewer. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns whether to show the next `length` bytes. Once some are left out, all are until the viewer has caught up. */
  admit(length: number): boolean {
    const isBehind = this.#skipped > 0 && this.#waiting > 0;
    if (isBehind || this.#waiting + length > this.#limit) {
      this.#skipped += length;
      return false;
    }
    this.#waiting += length;
    return true;
  }

  /** The viewer has shown `length` bytes. */
  shown(length: number): void {
    this.#waiting = Math.max(0, this.#waiting - length);
  }

  /** How many bytes were left out since the last call. */
  takeSkipped(): number {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }
}

const CANCEL = '\u0018';
const RESET_COLOURS = '\u001b[0m';
const DIM = '\u001b[2m';
const KIB = 1024;

/** What a terminal shows instead of output that was left out. A sequence that was cut is cancelled first (ECMA-48 §8.3.6). */
export function skippedNote(bytes: number): string {
  const amount = bytes < KIB * KIB ? `${Math.ceil(bytes / KIB)} KiB` : `${(bytes / KIB / KIB).toFixed(1)} MiB`;
  return `${CANCEL}${RESET_COLOURS}\r\n${DIM}[${amount} not shown]${RESET_COLOURS}\r\n`;
}
