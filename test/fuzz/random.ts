/** Random numbers that repeat with the same seed: xorshift32 (Marsaglia 2003). Nothing secret depends on them. */

export class Random {
  #state: number;

  constructor(seed: number) {
    // A state of zero would stay zero.
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x6d2b79f5) >>> 0 || 1;
    for (let round = 0; round < 8; round += 1) this.uint32();
  }

  uint32(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state;
  }

  /** 0 to `limit` - 1; 0 where there is nothing below the limit. */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.uint32() % limit;
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(values: readonly T[]): T {
    if (values.length === 0) throw new RangeError('nothing to pick from');
    return values[this.below(values.length)]!;
  }

  /** Mostly small, now and then large, like the lengths of what peers send. */
  length(): number {
    return this.below(2 ** this.below(this.oneIn(8) ? 14 : 7));
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  text(length: number): string {
    return String.fromCharCode(...Array.from({ length }, () => 0x20 + this.below(0x5f)));
  }
}
