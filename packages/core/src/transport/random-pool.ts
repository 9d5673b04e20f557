/** Random bytes for padding, drawn many at a time and given out once each; all connections of a provider share them. */
import type { Needs } from '../crypto/provider.js';
import { onceFor } from '../wire/once-for.js';

/** How many are drawn at a time: a system call costs as much as generating this many bytes. */
const DRAWN = 1024;

export class RandomPool {
  readonly #random: (length: number) => Uint8Array;
  #bytes: Uint8Array = new Uint8Array(0);
  /** How many of them have been given out. */
  #used = 0;

  constructor(random: (length: number) => Uint8Array) {
    this.#random = random;
  }

  /** Fills `target[start..end]` with bytes never given out before. */
  fill(target: Uint8Array, start: number, end: number): void {
    if (this.#bytes.length - this.#used < end - start) {
      this.#bytes = this.#random(DRAWN + end - start);
      this.#used = 0;
    }
    for (let index = start; index < end; index += 1) target[index] = this.#bytes[this.#used++]!;
  }
}

/** The pool of a provider. */
export const randomPool = onceFor((crypto: Needs<'random'>) => new RandomPool((length) => crypto.random(length)));
