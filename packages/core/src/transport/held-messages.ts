/** RFC 4253 §7.1: messages that must wait while a key exchange is under way. */
import { LimitError } from '../errors.js';

/** What may wait to be sent, in bytes. */
const MAXIMUM_BYTES = 2 * 1024 * 1024;
/** From here on nothing more is done that calls for an answer, in messages and bytes: one answer, a PONG, has up to 256 KiB. */
const FULL_MESSAGES = 64;
const FULL_BYTES = MAXIMUM_BYTES - 257 * 1024;
/** What a payload takes besides its bytes: an array and its buffer. */
const OVERHEAD = 256;

/** What a side may send between its KEXINIT and its NEWKEYS. */
export function isOfExchange(number: number): boolean {
  return number <= 4 || (number >= 20 && number <= 49);
}

/** Ours, until our NEWKEYS: the peer's own KEXINIT has to come first, and nobody can say when. */
export class HeldMessages {
  #payloads: Uint8Array[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#payloads.length === 0;
  }

  /** True where the peer's next messages had better not be answered. */
  get isFull(): boolean {
    return this.#payloads.length >= FULL_MESSAGES || this.#bytes >= FULL_BYTES;
  }

  /** @throws LimitError where too much waits. */
  hold(payload: Uint8Array): void {
    this.#payloads.push(payload);
    this.#bytes += payload.length + OVERHEAD;
    if (this.#bytes > MAXIMUM_BYTES) throw new LimitError('too many messages wait for a key exchange to end');
  }

  /** Hands over what waited, in order. */
  release(): readonly Uint8Array[] {
    const payloads = this.#payloads;
    this.#payloads = [];
    this.#bytes = 0;
    return payloads;
  }
}

/** A payload of the peer's, in memory of its own, with the number of the packet that brought it. */
export interface Postponed {
  readonly payload: Uint8Array;
  readonly sequenceNumber: number;
}

/**
 * The peer's, while ours are many: a peer that has not seen our KEXINIT may go on sending, and what it sends stands before its
 * KEXINIT. So it is read and put off until the exchange is over, in order, and what waits for answers grows no further.
 */
export class PostponedMessages {
  #messages: Postponed[] = [];
  /** How many of them have been handed over. */
  #taken = 0;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** `payload` is a view. @throws LimitError where too much waits. */
  add(payload: Uint8Array, sequenceNumber: number): void {
    this.#bytes += payload.length + OVERHEAD;
    if (this.#bytes > MAXIMUM_BYTES) throw new LimitError('too many messages came before the answer to a key exchange');
    this.#messages.push({ payload: payload.slice(), sequenceNumber });
  }

  /** The oldest; call it only where `isEmpty` is false. */
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
