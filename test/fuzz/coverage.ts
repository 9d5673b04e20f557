/** Which branches ran, and roughly how often: what makes an input worth keeping. */

/** A branch counts as new again when it runs about twice as often as ever before. */
const BUCKETS = Uint8Array.from({ length: 256 }, (_, count) =>
  count === 0 ? 0 : 1 << Math.min(7, 31 - Math.clz32(count)),
);

export class Coverage {
  readonly #counters: Uint8Array;
  readonly #seen: Uint8Array;
  /** Branches that ran at least once. */
  branches = 0;

  constructor(counters: Uint8Array) {
    this.#counters = counters;
    this.#seen = new Uint8Array(counters.length);
  }

  /** Forgets the last run. */
  begin(): void {
    this.#counters.fill(0);
  }

  /** Whether what ran since `begin` did something that nothing did before; from now on it has been done. */
  end(): boolean {
    let isNew = false;
    for (let index = 0; index < this.#counters.length; index += 1) {
      const bucket = BUCKETS[this.#counters[index]!]!;
      const seen = this.#seen[index]!;
      if ((bucket & ~seen) === 0) continue;
      if (seen === 0) this.branches += 1;
      this.#seen[index] = seen | bucket;
      isNew = true;
    }
    return isNew;
  }
}
