/** RFC 5647 §7.3 and OpenSSH's `-etm` MACs: AES packets whose length is in clear, so that they can be framed before they are opened. */
import type { Batched, Release } from '../crypto/provider.js';
import { readUint32 } from '../wire/uint32.js';

const LENGTH = 4;
/** Counters that share one allocation: V8 moves a small array out of its heap when native code takes it, each into memory of its own. */
const COUNTERS = 64;

/** Classes, because every connection holds two: closures would take three times the memory. */
export abstract class ClearLength {
  readonly tagLength: number;
  /** The nonce or counter of the next packet; changes with each packet. */
  protected readonly position: Uint8Array;

  constructor(iv: Uint8Array, tagLength: number) {
    this.position = iv.slice();
    this.tagLength = tagLength;
  }

  get blockLength(): number {
    return 16;
  }

  get lengthIsApart(): boolean {
    return true;
  }

  get headLength(): number {
    return LENGTH;
  }

  openLength(_sequenceNumber: number, head: Uint8Array): number {
    return readUint32(head, 0);
  }

  counter(): Uint8Array {
    return this.position.slice();
  }
}

/** Many packets are in progress at once, each with a counter of its own. */
export abstract class BatchedClearLength extends ClearLength {
  readonly #batched: Batched;
  #counters = new Uint8Array(0);
  /** Bytes of `#counters` that are given out. */
  #used = 0;

  constructor(batched: Batched, iv: Uint8Array, tagLength: number) {
    super(iv, tagLength);
    this.#batched = batched;
  }

  get isBatched(): true {
    return true;
  }

  get sealsInTurn(): boolean {
    return this.#batched.sealsInTurn === true;
  }

  get release(): Release | undefined {
    return this.#batched.release;
  }

  /** A copy of `position` that stays as it is. */
  protected here(): Uint8Array {
    const { length } = this.position;
    if (this.#used === this.#counters.length) {
      this.#counters = new Uint8Array(COUNTERS * length);
      this.#used = 0;
    }
    const counter = this.#counters.subarray(this.#used, (this.#used += length));
    counter.set(this.position);
    return counter;
  }
}
