/** The direction from the network, for a link that has to ask for its bytes. */
import type { LinkReceiver } from '@nacre/core';
import { ReadSize } from './read-size.js';

/** Reads at most `size` bytes. @returns undefined at the end. */
export type Read = (size: number) => Promise<Uint8Array | undefined>;

/** Reads from the first `resume` on. `pause` takes effect after the read that is under way. */
export class Incoming {
  readonly #read: Read;
  readonly #receiver: LinkReceiver;
  readonly #size = new ReadSize();
  #isPaused = false;
  #isReading = false;

  constructor(read: Read, receiver: LinkReceiver) {
    this.#read = read;
    this.#receiver = receiver;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isReading) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isReading = true;
    try {
      while (!this.#isPaused) {
        const bytes = await this.#read(this.#size.bytes);
        if (bytes === undefined) {
          this.#receiver.end();
          return;
        }
        this.#size.adapt(bytes.length);
        this.#receiver.chunk(bytes);
      }
      this.#isReading = false;
    } catch (error) {
      this.#receiver.end(error);
    }
  }
}
