/** How large a buffer to read into: an idle connection holds little memory, a busy one makes few calls. */

/** In bytes. */
const LEAST = 4 * 1024;
const LARGEST = 128 * 1024;

export class ReadSize {
  /** For the next read. */
  bytes = LEAST;

  /** Adapts to how much was read. */
  adapt(length: number): void {
    if (length === this.bytes) this.bytes = Math.min(this.bytes * 2, LARGEST);
    else if (length < this.bytes / 4) this.bytes = Math.max(this.bytes / 2, LEAST);
  }
}
