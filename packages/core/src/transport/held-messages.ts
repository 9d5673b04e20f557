/** RFC 4253 §7.1: messages that must wait while a key exchange is under way. */
import { LimitError } from '../errors.js';

/** What may wait, in messages and bytes. */
const MAXIMUM_MESSAGES = 64;
const MAXIMUM_BYTES = 2 * 1024 * 1024;

export class HeldMessages {
  #payloads: Uint8Array[] = [];
  #bytes = 0;

  /** @throws LimitError where too much waits. */
  hold(payload: Uint8Array): void {
    this.#payloads.push(payload);
    this.#bytes += payload.length;
    if (this.#payloads.length > MAXIMUM_MESSAGES || this.#bytes > MAXIMUM_BYTES) {
      throw new LimitError('too many messages wait for a key exchange to end');
    }
  }

  /** Hands over what waited, in order. */
  release(): readonly Uint8Array[] {
    const payloads = this.#payloads;
    this.#payloads = [];
    this.#bytes = 0;
    return payloads;
  }
}
