/** Input typed while a command runs, for the command to read. */
import type { Tty } from './tty.js';

/** One command's input. Has a single reader, which owns the chunks. */
export class CommandInput implements AsyncIterableIterator<Uint8Array> {
  readonly #tty: Tty;
  readonly #hasEnded: () => boolean;
  #isOpen = true;
  /** The command has begun to read: input it has not read yet must not be discarded. */
  #isRead = false;
  #wakers: (() => void)[] = [];

  constructor(tty: Tty, hasEnded: () => boolean) {
    this.#tty = tty;
    this.#hasEnded = hasEnded;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isRead = true;
    while (this.#isOpen) {
      const value = this.#tty.read();
      this.wake();
      if (value !== undefined && value.length > 0) return { done: false, value };
      if (value !== undefined || this.#hasEnded()) this.close();
      else await this.#change();
    }
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends it, also for a pending `next`. */
  close(): void {
    this.#isOpen = false;
    this.wake();
  }

  /** Something has changed: input was added or taken, or there will be no more. */
  wake(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const waker of wakers) waker();
  }

  /** Settles when fewer than `length` bytes wait for the command, or it stops reading. */
  async untilBehindByLessThan(length: number): Promise<void> {
    while (this.#isOpen && this.#isRead && this.#tty.state.unreadLength >= length) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakers.push(resolve);
    });
  }
}
