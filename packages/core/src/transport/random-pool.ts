/** Random bytes for padding, drawn many at a time and given out once each; all connections of a provider share them. */
import type { Needs } from '../crypto/provider.js';

/** How many are drawn at a time: a call of the system costs as much as many bytes. */
const DRAWN = 1024;

export class RandomPool {
  readonly #random: (length: number) => Uint8Array;
  #bytes = new Uint8Array(0);

  constructor(random: (length: number) => Uint8Array) {
    this.#random = random;
  }

  /** A view of `length` bytes that nobody else has had. */
  take(length: number): Uint8Array {
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(this.#random(DRAWN + length));
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }
}

const pools = new WeakMap<Needs<'random'>, RandomPool>();

/** The pool of a provider. */
export function randomPool(crypto: Needs<'random'>): RandomPool {
  let pool = pools.get(crypto);
  if (pool === undefined) {
    pool = new RandomPool((length) => crypto.random(length));
    pools.set(crypto, pool);
  }
  return pool;
}
