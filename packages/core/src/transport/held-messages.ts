/** RFC 4253 §7.1: messages that must wait during a key exchange. */
import { LimitError } from '../errors.js';

/** The most that may wait to be sent, in bytes. */
const MAXIMUM_BYTES = 2 * 1024 * 1024;
/** From here on, in messages and bytes, nothing that needs an answer is processed: one answer, a PONG, has up to 256 KiB. */
const FULL_MESSAGES = 64;
const FULL_BYTES = MAXIMUM_BYTES - 257 * 1024;
/** Memory of a payload in addition to its bytes: an array and its buffer. */
const OVERHEAD = 256;

/** What a side may send between its KEXINIT and its NEWKEYS. */
export function isOfExchange(number: number): boolean {
  return number <= 4 || (number >= 20 && number <= 49);
}

/** Ours, until our NEWKEYS: the peer's KEXINIT has to come first, and there is no telling when it will. */
export class HeldMessages {
  #payloads: Uint8Array[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#payloads.length === 0;
  }

  /** True if the peer's next messages should not be answered yet. */
  get isFull(): boolean {
    return this.#payloads.length >= FULL_MESSAGES || this.#bytes >= FULL_BYTES;
  }

  /** @throws LimitError if too much waits. */
  hold(payload: Uint8Array): void {
    this.#payloads.push(payload);
    this.#bytes += payload.length + OVERHEAD;
    if (this.#bytes > MAXIMUM_BYTES) throw new LimitError('too many messages wait for a key exchange to end');
  }

  /** Returns what waited, in order. */
  release(): readonly Uint8Array[] {
    const payloads = this.#payloads;
    this.#payloads = [];
    this.#bytes = 0;
    return payloads;
  }
}

/** A payload of the peer, in memory of its own, with the sequence number of its packet. */
export interface Postponed {
  readonly payload: Uint8Array;
  readonly sequenceNumber: number;
}

/**
 * The peer's messages, while many of ours wait: a peer that has not seen our KEXINIT may continue sending, and these
 * messages precede its KEXINIT. They are read but postponed until the exchange is over, in order, so that the answers
 * waiting do not grow further.
 */
export class PostponedMessages {
  #messages: Postponed[] = [];
  /** How many of them have been handed over. */
  #taken = 0;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** `payload` is a view. @throws LimitError if too much waits. */
  add(payload: Uint8Array, sequenceNumber: number): void {
    this.#bytes += payload.length + OVERHEAD;
    if (this.#bytes > MAXIMUM_BYTES) throw new LimitError('too many messages came before the answer to a key exchange');
    this.#messages.push({ payload: payload.slice(), sequenceNumber });
  }

  /** The oldest message; `isEmpty` must be false. */
  next(): Postponed {
    const message = this.#messages[this.#taken]!;
    this.#taken += 1;
    if (this.#taken === this.#messages.length) {
      this.#messages = [];
      this.#taken = 0;
      this.#bytes = 0;
    }
    return message;
  }
}
